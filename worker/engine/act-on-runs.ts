import { RunletApiError } from "../../sdk/lib/errors.ts";
import { requestKeyFrom } from "../../sdk/lib/request-key.ts";
import type { Bulk, BulkPosition } from "../core/bulk.ts";
import type { BulkPage } from "../storage/bulk-store.ts";
import type { LocalEngine } from "./local-engine.ts";

/** How many runs of a page are acted on at a time. */
const AT_ONCE = 10;
const PAGE_MS = 1_000;

/** What came of the runs of a page. */
export interface ActedOn {
  readonly success: number;
  readonly failure: number;
  /** There was nothing to do for them. */
  readonly skipped: number;
  /** Those that could not be reached, or were not come to. */
  readonly left: readonly string[];
  /** The runs that were made or canceled. */
  readonly found: readonly BulkPosition[];
}

type Outcome = BulkPosition | "failed" | "skipped" | "left";

/**
 * Cancels or replays the runs of a page, some at a time. Twice is harmless: a run is canceled once, and a replay is known by the
 * action and the run that it is of. Stops between two runs when `isOver` says so.
 */
export async function actOnRuns(
  engine: LocalEngine,
  bulkId: string,
  bulk: Bulk,
  page: BulkPage,
  isOver: () => boolean,
): Promise<ActedOn> {
  const outcomes = new Map<string, Outcome>();
  const ids = page.ids.values();
  const lane = async (): Promise<void> => {
    for (const id of ids) {
      if (isOver()) return;
      outcomes.set(id, await attempt(id, () => actOn(engine, bulkId, bulk, page.i, id)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const all = [...outcomes.values()];
  return {
    success: all.filter((outcome) => typeof outcome === "object").length,
    failure: all.filter((outcome) => outcome === "failed").length,
    skipped: all.filter((outcome) => outcome === "skipped").length,
    left: page.ids.filter((id) => (outcomes.get(id) ?? "left") === "left"),
    found: all.filter((outcome) => typeof outcome === "object"),
  };
}

/** What is refused has failed for good; what cannot be reached is left for later. */
async function attempt(id: string, act: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RunletApiError && error.status < 500) return "failed";
    console.warn(`runlet: a bulk action could not reach ${id} and will try again`, error);
    return "left";
  }
}

async function actOn(engine: LocalEngine, bulkId: string, bulk: Bulk, page: number, id: string): Promise<Outcome> {
  if (bulk.verb === "cancel") {
    const { createdAt, isNew, canceledAt } = await engine.cancel(id);
    // Canceled since the action began, it may have been this page before a crash that has done it.
    const isDone = isNew || (canceledAt !== undefined && canceledAt >= bulk.createdAt);
    return isDone ? { createdAt, id } : "skipped";
  }
  const options = bulk.region === undefined ? {} : { region: bulk.region };
  // The runs of a page share a group, as if they had been triggered at once.
  const requestKey = await requestKeyFrom(bulk.createdAt + page * PAGE_MS, `${bulkId} ${id}`);
  return engine.replay({ id, options, requestKey });
}
