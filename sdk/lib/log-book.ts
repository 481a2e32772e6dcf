import type { LogLine } from "./journal.ts";

const MAX_TEXT = 8_000;
const MAX_BOOK = 400_000;

/**
 * The lines that a pass logs. A replay comes past the lines of earlier passes of its attempt again; as many as those
 * stored are left out. Those of a step it does not meet again, so they do not count. Lines and the book are cut at a
 * length, and say so.
 */
export class LogBook {
  readonly lines: LogLine[] = [];
  private readonly stored: number;
  private count = 0;
  private size = 0;

  private readonly since: number;

  /** `stored` lines are there already. Clocks differ: none of the others is older than `since`, ms. */
  constructor(stored: number, since: number) {
    this.stored = stored;
    this.since = since;
  }

  add({ level, message, fields }: Omit<LogLine, "at">, inStep = false): void {
    if (!inStep) this.count += 1;
    if ((!inStep && this.count <= this.stored) || this.size > MAX_BOOK) return;
    const line = { at: Math.max(Date.now(), this.since), level, message: cut(message) };
    this.size += line.message.length + (fields?.length ?? 0) + 60;
    if (this.size > MAX_BOOK) {
      this.lines.push({
        ...line,
        level: "warn",
        message: "Further lines of this pass are not stored: there are too many.",
      });
      return;
    }
    if (fields === undefined) this.lines.push(line);
    else if (fields.length <= MAX_TEXT) this.lines.push({ ...line, fields });
    else this.lines.push({ ...line, fields: JSON.stringify({ truncated: cut(fields) }) });
  }

  /** How many lines outside of steps this attempt has logged so far, those of earlier passes included. */
  get logged(): number {
    return Math.max(this.stored, this.count);
  }
}

function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`;
}
