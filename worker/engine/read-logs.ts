import type { LogLine } from "../../sdk/lib/journal.ts";
import type { LogPage } from "../../sdk/lib/wire.ts";
import type { Turn } from "./turn.ts";

const ROWS = 100;

/** A page of what a run has logged, oldest first; undefined when there is no such run. */
export function readLogs(turn: Turn, n: string, after: string | undefined): LogPage | undefined {
  if (turn.run(n) === undefined) return undefined;
  const rows = turn.scans.logs(n, after, ROWS);
  const data = rows.flatMap((row) => {
    const { attempt, lines } = JSON.parse(row.lines) as { attempt: number; lines: LogLine[] };
    return lines.map(({ at, level, message, fields }) => ({
      at: new Date(at),
      attempt,
      level,
      message,
      ...(fields === undefined ? {} : { fields: JSON.parse(fields) as Record<string, unknown> }),
    }));
  });
  const last = rows.length === ROWS ? rows.at(-1)?.seg : undefined;
  return { data, pagination: last === undefined ? {} : { next: last } };
}
