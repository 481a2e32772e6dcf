import type { Door } from "./door.ts";
import type { LogPage } from "./wire.ts";

/** One line that a run logged: when, in which attempt, how grave, the message and its fields. */
export type LogEntry = LogPage["data"][number];

/** All lines of a run that are stored when it is read, page by page. */
export async function* readLogs(door: Door, runId: string): AsyncGenerator<LogEntry, void, undefined> {
  let after: string | undefined;
  do {
    const page = await door.readLogs(runId, after);
    yield* page.data;
    after = page.pagination.next;
  } while (after !== undefined);
}
