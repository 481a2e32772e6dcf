import { owedDelay } from "./retry.ts";

/**
 * A bulk action: one deed for many runs, worked off page by page. Its rules:
 *
 * 1. A final action stays as it ended. Only the page that was under way when it was aborted is still counted.
 * 2. A run is counted once: in the transition that takes it off its page.
 * 3. Every action ends: a page that cannot be read or worked off is tried a bounded number of times.
 * 4. What has changed is owed to the index until that has taken it.
 * 5. No clock, randomness or I/O.
 */
export interface Bulk {
  readonly verb: BulkVerb;
  readonly name?: string;
  /** The region of what is replayed, in place of its own. */
  readonly region?: string;
  readonly createdAt: number;
  readonly status: BulkStatus;
  readonly completedAt?: number;
  /** How many runs there were to act on, as far as that was known. */
  readonly expected: number;
  readonly success: number;
  readonly failure: number;
  readonly skipped: number;
  /** How many pages there were so far. */
  readonly pages: number;
  /** Where in the index the next page begins; undefined: from the newest. */
  readonly after?: BulkPosition;
  /** There is no page to come but those that are stored. */
  readonly isRead: boolean;
  /** How often what is next has failed, and when it is to be done, ms. */
  readonly tries: number;
  readonly due: number;
  /** Grows with every change. */
  readonly version: number;
  /** The version that the index has; and for what it has not, how often it was told in vain and when it is to be told. */
  readonly told: number;
  readonly tellTries: number;
  readonly tellDue: number;
}

export type BulkVerb = "cancel" | "replay";
export type BulkStatus = "PENDING" | "COMPLETED" | "ABORTED";

/** As an index orders runs. */
export interface BulkPosition {
  readonly createdAt: number;
  readonly id: string;
}

/** What came of the runs of a page. `left`: how many are still to be done. */
export interface PageResult {
  readonly success: number;
  readonly failure: number;
  readonly skipped: number;
  readonly left: number;
}

/** Runs in a page. */
export const BULK_PAGE = 100;
/**
 * How long after its creation an action by filter looks into the index, which lags by about a second. What it replays is newer than
 * it by as much, so that clocks which differ a little do not make it replay that, too.
 */
const LAG_MS = 2_000;
/** How often the runs of a page are tried; those that are left then have failed. */
const PAGE_TRIES = 5;
/** How often anything else is tried before the action gives up: for about two hours. */
const READ_TRIES = 20;
/** How long changes are gathered for the index. */
const GATHER_MS = 1_000;

interface NewBulk extends Pick<Bulk, "verb" | "name" | "region"> {
  /** Of an action on given runs: how many runs and pages they are. */
  readonly given?: { readonly runs: number; readonly pages: number };
}

export function newBulk({ given, ...what }: NewBulk, now: number): Bulk {
  return {
    ...what,
    createdAt: now,
    status: "PENDING",
    expected: given?.runs ?? 0,
    ...{ success: 0, failure: 0, skipped: 0 },
    pages: given?.pages ?? 0,
    isRead: given !== undefined,
    tries: 0,
    due: given === undefined ? now + LAG_MS : now,
    version: 1,
    told: 0,
    tellTries: 0,
    tellDue: now,
  };
}

/** What is to be done now: read a page, act on the one that is stored, end, or nothing. */
export function nextDeed(bulk: Bulk, hasPage: boolean, now: number): "read" | "act" | "end" | "rest" {
  if (bulk.status !== "PENDING" || bulk.due > now) return "rest";
  if (hasPage) return "act";
  return bulk.isRead ? "end" : "read";
}

/** A page was read, and is stored. `expected`: what was counted, when that was asked for. */
export function pageRead(bulk: Bulk, runs: readonly BulkPosition[], expected: number | undefined, now: number): Bulk {
  if (bulk.status !== "PENDING") return bulk;
  const after = runs.at(-1) ?? bulk.after;
  return changed(
    {
      ...bulk,
      expected: expected ?? bulk.expected,
      pages: bulk.pages + (runs.length === 0 ? 0 : 1),
      ...(after === undefined ? {} : { after: { createdAt: after.createdAt, id: after.id } }),
      isRead: runs.length < BULK_PAGE,
      tries: 0,
      due: now,
    },
    now,
  );
}

/** A page was worked on; `isOver` tells whether it is done with. Runs that are left after the last try have failed. */
export function pageDone(
  bulk: Bulk,
  result: PageResult,
  now: number,
): { readonly bulk: Bulk; readonly isOver: boolean } {
  const isOver = result.left === 0 || bulk.status !== "PENDING" || bulk.tries + 1 >= PAGE_TRIES;
  const lost = isOver && bulk.status === "PENDING" ? result.left : 0;
  const counted = {
    ...bulk,
    success: bulk.success + result.success,
    failure: bulk.failure + result.failure + lost,
    skipped: bulk.skipped + result.skipped,
  };
  if (bulk.status !== "PENDING") return { bulk: changed(counted, now), isOver };
  const next = isOver ? { tries: 0, due: now } : { tries: bulk.tries + 1, due: now + owedDelay(bulk.tries) };
  return { bulk: changed({ ...counted, ...next }, now), isOver };
}

/** What was to be done could not be. It is done later, or the action gives up. */
export function hinder(bulk: Bulk, now: number): Bulk {
  if (bulk.status !== "PENDING") return bulk;
  const tries = bulk.tries + 1;
  return tries >= READ_TRIES ? abort(bulk, now) : { ...bulk, tries, due: now + owedDelay(bulk.tries) };
}

export function complete(bulk: Bulk, now: number): Bulk {
  if (bulk.status !== "PENDING") return bulk;
  return ended({ ...bulk, expected: doneOf(bulk), status: "COMPLETED" }, now);
}

export function abort(bulk: Bulk, now: number): Bulk {
  return bulk.status === "PENDING" ? ended({ ...bulk, status: "ABORTED" }, now) : bulk;
}

/** The index has taken the version that it was told. */
export function toldIndex(bulk: Bulk, version: number, now: number): Bulk {
  return { ...bulk, told: Math.max(bulk.told, version), tellTries: 0, tellDue: now + GATHER_MS };
}

/** The index was not to be had. */
export function notTold(bulk: Bulk, now: number): Bulk {
  return { ...bulk, tellTries: bulk.tellTries + 1, tellDue: now + owedDelay(bulk.tellTries) };
}

export function owesIndex({ version, told }: Bulk): boolean {
  return version > told;
}

/** How many runs there are to act on, as far as that is known; and in the end, how many there were. */
export function totalOf(bulk: Bulk): number {
  return Math.max(bulk.expected, doneOf(bulk));
}

/**
 * When the action must be looked at again; undefined for never. `retention`: for how long it is kept once it is final, ms;
 * undefined for ever.
 */
export function dueOfBulk(bulk: Bulk, retention: number | undefined): number | undefined {
  const tell = owesIndex(bulk) ? bulk.tellDue : Infinity;
  const own = bulk.status === "PENDING" ? bulk.due : Infinity;
  const next = Math.min(tell, own);
  return next === Infinity ? goneAt(bulk, retention) : next;
}

/** Whether it is over, known to the index, and has been kept for long enough. */
export function isGone(bulk: Bulk, retention: number | undefined, now: number): boolean {
  return !owesIndex(bulk) && (goneAt(bulk, retention) ?? Infinity) <= now;
}

function goneAt({ completedAt }: Bulk, retention: number | undefined): number | undefined {
  return completedAt === undefined || retention === undefined ? undefined : completedAt + retention;
}

function doneOf({ success, failure, skipped }: Bulk): number {
  return success + failure + skipped;
}

/** The end is told at once. */
function ended(bulk: Bulk, now: number): Bulk {
  return { ...changed(bulk, now), completedAt: now, tellDue: now };
}

function changed(bulk: Bulk, now: number): Bulk {
  const tellDue = owesIndex(bulk) ? bulk.tellDue : Math.max(bulk.tellDue, now);
  return { ...bulk, version: bulk.version + 1, tellDue };
}
