import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { LogLine } from "../../sdk/lib/journal.ts";
import type { LogPage } from "../../sdk/lib/wire.ts";
import type { Turn } from "./turn.ts";

/** Rows of one page, and their characters: a row holds up to some hundred thousand. */
const ROWS = 100;
const CHARACTERS = 2_000_000;
const CURSOR = /^\d{1,9}$/;

/**
 * A page of what a run has logged, oldest first; undefined when there is no such run. A cursor is the number of the last
 * row that was read. Throws a `RunletApiError` (400) for another text.
 */
export function readLogs(turn: Turn, n: string, after: string | undefined): LogPage | undefined {
  if (after !== undefined && !CURSOR.test(after)) {
    throw new RunletApiError(400, "invalid_cursor", "after is not a cursor that a page of log lines has given.");
  }
  if (turn.run(n) === undefined) return undefined;
  const data: LogPage["data"] = [];
  let [rows, characters] = [0, 0];
  let last: string | undefined;
  for (const { number, lines } of turn.scans.logs(n, after)) {
    if (rows >= ROWS || characters > CHARACTERS) {
      return { data, pagination: last === undefined ? {} : { next: last } };
    }
    data.push(...readRow(lines));
    last = number;
    rows += 1;
    characters += lines.length;
  }
  return { data, pagination: {} };
}

/** The lines of a row, as it is stored. */
export function readRow(text: string): LogPage["data"] {
  const { attempt, lines } = JSON.parse(text) as { attempt: number; lines: LogLine[] };
  return lines.map(({ at, level, message, fields }) => ({
    at: new Date(at),
    attempt,
    level,
    message,
    ...(fields === undefined ? {} : { fields: JSON.parse(fields) as Record<string, unknown> }),
  }));
}
