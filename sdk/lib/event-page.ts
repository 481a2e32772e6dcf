import type { Door } from "./door.ts";
import type { RunEvent } from "./event-wire.ts";

/** All events of a run that are stored when it is read, page by page. */
export async function* readEvents(door: Door, runId: string): AsyncGenerator<RunEvent, void, undefined> {
  let after: string | undefined;
  do {
    const page = await door.readEvents(runId, after);
    yield* page.events;
    after = page.pagination.next;
  } while (after !== undefined);
}
