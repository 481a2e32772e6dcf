const CODE = /^\d{3}$/;
const RANGE = /^(\d{3})-(\d{3})$/;
const WILDCARD = /^(?:\dxx|\d\dx)$/i;

/**
 * Whether a status is one of a pattern's: `429`, `500-599`, `5xx`, `50x`, `all`, or several of them separated by commas.
 */
export function matchesStatus(status: number, pattern: string): boolean {
  return parts(pattern).some((part) => matchesPart(status, part));
}

/** The first part that is no pattern; undefined when all are. */
export function badStatusPattern(pattern: string): string | undefined {
  return parts(pattern).find((part) => part !== "all" && !CODE.test(part) && !RANGE.test(part) && !WILDCARD.test(part));
}

function parts(pattern: string): string[] {
  return pattern.split(",").map((part) => part.trim());
}

function matchesPart(status: number, part: string): boolean {
  if (part === "all") return true;
  const [, first, last] = RANGE.exec(part) ?? [];
  if (first !== undefined) return status >= Number(first) && status <= Number(last);
  return String(status).startsWith(part.replace(/x+$/i, ""));
}
