/**
 * What a cron pattern may hold: five fields, each a list of `*`, numbers or names, ranges and steps; `L` for the last day of the
 * month, `5L` for its last Friday, `5#2` for its second. Everything else is refused, with the field and the part.
 */

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** How many values there are: 0 and 7 are one day of the week. */
  readonly count: number;
  readonly names: readonly string[];
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const DAY_OF_MONTH = "day of the month";
const DAY_OF_WEEK = "day of the week";

const FIELDS: readonly Field[] = [
  { name: "minute", least: 0, most: 59, count: 60, names: [] },
  { name: "hour", least: 0, most: 23, count: 24, names: [] },
  { name: DAY_OF_MONTH, least: 1, most: 31, count: 31, names: [] },
  { name: "month", least: 1, most: 12, count: 12, names: MONTHS },
  { name: DAY_OF_WEEK, least: 0, most: 7, count: 7, names: DAYS },
];

const LONGEST = 256;

/** What is wrong with the form of a pattern, as the end of a sentence that begins with it; undefined if nothing is. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > LONGEST) return `has ${pattern.length} characters; the limit is ${LONGEST}`;
  if (pattern.startsWith("@")) return `is a nickname; write its five fields, such as "0 0 * * *" for @daily`;
  const parts = pattern.trim().split(/\s+/);
  if (pattern.trim() === "" || parts.length !== FIELDS.length) {
    const count = pattern.trim() === "" ? 0 : parts.length;
    const seconds = count === 6 ? "; there is no field for seconds" : "";
    return `has ${count} fields, not 5: ${FIELDS.map(({ name }) => name).join(", ")}${seconds}`;
  }
  for (const [i, field] of FIELDS.entries()) {
    const problem = fieldProblem(field, parts[i] ?? "");
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function fieldProblem(field: Field, text: string): string | undefined {
  for (const part of text.toUpperCase().split(",")) {
    const problem = partProblem(field, part);
    if (problem !== undefined) return `is wrong in its ${field.name}, "${text}": ${problem}`;
  }
  return undefined;
}

function partProblem(field: Field, part: string): string | undefined {
  if (part === "") return "a part of the list is empty";
  const special = specialProblem(field, part);
  if (special !== null) return special;
  const [range = "", step, ...more] = part.split("/");
  if (more.length > 0) return `"${part}" has more than one step`;
  if (step !== undefined) {
    const problem = stepProblem(field, part, range, step);
    if (problem !== undefined) return problem;
  }
  return range === "*" ? undefined : rangeProblem(field, range);
}

/** For what is neither a range nor a step: undefined if it is right. Null for everything else. */
function specialProblem(field: Field, part: string): string | undefined | null {
  if (part === "L" && field.name === DAY_OF_MONTH) return undefined;
  const last = /^(\w+)L$/.exec(part);
  const nth = /^(\w+)#(.*)$/.exec(part);
  if (field.name === DAY_OF_WEEK && last?.[1] !== undefined) return valueProblem(field, last[1]);
  if (field.name === DAY_OF_WEEK && nth?.[1] !== undefined) {
    if (!/^[1-5]$/.test(nth[2] ?? "")) return `"${part}" must name one of the 5 weeks after its #`;
    return valueProblem(field, nth[1]);
  }
  if (part.includes("#")) return `"${part}" has a #, which only the ${DAY_OF_WEEK} takes`;
  if (part === "L" || last !== null) {
    return `"${part}" has an L: the ${DAY_OF_MONTH} takes L alone, the ${DAY_OF_WEEK} a day before it, such as 5L`;
  }
  const unknown = part === "?" ? "?" : field.name === DAY_OF_MONTH && part.endsWith("W") ? "W" : undefined;
  return unknown === undefined ? null : `"${part}" has a ${unknown}, which is not supported`;
}

function stepProblem(field: Field, part: string, range: string, step: string): string | undefined {
  if (!/^\d{1,2}$/.test(step) || Number(step) === 0) return `the step of "${part}" must be a number from 1`;
  if (Number(step) > field.count) return `the step of "${part}" is more than the ${field.count} values that there are`;
  if (range === "*" || range.includes("-")) return undefined;
  return `"${part}" has a step after a single value; write "${range}-${field.most}/${step}" or "*/${step}"`;
}

function rangeProblem(field: Field, range: string): string | undefined {
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0) return `"${range}" is no range`;
  const problem = valueProblem(field, from) ?? (to === undefined ? undefined : valueProblem(field, to));
  if (problem !== undefined || to === undefined) return problem;
  const [first, last] = [valueOf(field, from), lastOf(field, to)];
  if (first <= last) return undefined;
  return `"${range}" ends before it begins; write "${from}-${field.most},${field.least}-${to}"`;
}

function valueProblem(field: Field, text: string): string | undefined {
  const value = valueOf(field, text);
  if (value >= field.least && value <= field.most) return undefined;
  const names = field.names.length === 0 ? "" : ` or ${field.names[0]}-${field.names.at(-1)}`;
  return `"${text}" must be ${field.least}-${field.most}${names}`;
}

function valueOf({ least, names }: Field, text: string): number {
  const name = names.indexOf(text);
  if (name >= 0) return name + least;
  return /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
}

/** Sunday at the end of a range is the seventh day. */
function lastOf(field: Field, text: string): number {
  return text === "SUN" ? field.most : valueOf(field, text);
}
