import type { RunOptions } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { BATCH_ROOT, itemPath, nextRoot, splitPath } from "../core/address.ts";
import { SEAL_WITHIN_MS, type Batch } from "../core/batch.ts";
import type { Sent } from "../core/entry.ts";
import { answersFor, type KeyHold } from "../core/key-hold.ts";
import type { Run, TriggerFunction, Waiter } from "../core/run.ts";
import type { Far, FarGroups } from "./far-groups.ts";
import type { BatchCreation } from "./group-api.ts";
import { rootIdOf, runDepth } from "./lineage.ts";
import { holdOf, newItem, type Origin } from "./new-run.ts";
import { keepMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** One item as a group takes it. `refusal` says why no run of it can start: then it is a failed one from the start. */
export interface FilledItem {
  readonly index: number;
  readonly task: string;
  readonly payload: Packet;
  readonly options: RunOptions;
  readonly refusal?: string;
}

export interface BatchPlan {
  readonly n: string;
  readonly runCount: number;
  readonly origin?: Origin;
  readonly hold?: KeyHold;
  readonly key?: string;
  readonly digest?: string;
  readonly madeIn?: number;
  readonly base?: string;
  readonly waiter?: Waiter;
}

/** Opens the batch unless it is there already; gives it as it is. */
export function openBatch(turn: Turn, plan: BatchPlan): Batch {
  const known = turn.batch(plan.n);
  if (known !== undefined) return known;
  const batch: Batch = {
    ...plan,
    received: 0,
    done: 0,
    refused: 0,
    createdAt: turn.now,
    updatedAt: turn.now,
    state: { at: "open", due: turn.now + SEAL_WITHIN_MS },
  };
  turn.add({ kind: "batch", record: batch }, { type: "application/json" });
  return batch;
}

/** How a batch holds its idempotency key: for which request, and for how long, as a duration. */
export interface KeyedBatch {
  readonly idempotencyKey: string;
  readonly idempotencyKeyTTL?: string;
  readonly request: string;
}

export interface OpenedBatch {
  readonly n: string;
  readonly runCount: number;
  readonly isCached: boolean;
}

/** Opens a batch at the root; with an idempotency key, unless another one holds that. */
export function createBatch(turn: Turn, { n, runCount, origin, keyed }: BatchCreation): OpenedBatch {
  const from = origin === undefined ? {} : { origin };
  if (keyed === undefined) {
    const batch = openBatch(turn, { n, runCount, ...from });
    return { n, runCount: batch.runCount, isCached: false };
  }
  turn.write();
  const path = turn.scans.lastRoot(BATCH_ROOT);
  const last = path === undefined ? undefined : turn.batch(path);
  if (last?.hold !== undefined && answersFor(last.hold, endOf(last), keyed.request, turn.now)) {
    // One that waits for its items takes them from whoever has them.
    const isCached = last.hold.request !== keyed.request && last.state.at !== "open";
    return { n: last.n, runCount: last.runCount, isCached };
  }
  const next = last === undefined ? BATCH_ROOT : nextRoot(last.n);
  openBatch(turn, { n: next, runCount, ...from, ...holdOf(keyed, keyed.request, turn.now) });
  return { n: next, runCount, isCached: false };
}

/** Gives a batch up; one that is not there yet is made only for that. */
export function cancelBatch(turn: Turn, n: string): void {
  openBatch(turn, { n, runCount: 1 });
  // A batch that completed may have runs below its items that go on: they are canceled all the same.
  if (!turn.applyToBatch(n, { type: "canceled" })) turn.cancelBelow(n);
}

function endOf(batch: Batch) {
  return batch.state.at === "final" ? batch.state.status : undefined;
}

export interface Filled {
  readonly accepted: number;
  readonly deduplicated: number;
}

/**
 * Adds items to an open batch; one that is there already is counted and left as it is. Throws for an index out of range,
 * and for new items after the seal.
 */
export function fillBatch(
  turn: Turn,
  n: string,
  items: readonly FilledItem[],
  trigger: TriggerFunction,
  far: FarGroups,
): Filled {
  const batch = turn.batch(n);
  if (batch === undefined) throw new RunletApiError(404, "batch_not_found", "There is no such batch.");
  if (batch.state.at === "final" && batch.state.error !== undefined) {
    throw new RunletApiError(400, "batch_aborted", `The batch takes no items: ${batch.state.error.message}`);
  }
  const outside = items.find((item) => item.index >= batch.runCount);
  if (outside !== undefined) {
    const message = `index ${outside.index} is out of range: the batch was created with runCount ${batch.runCount}.`;
    throw new RunletApiError(400, "batch_index_out_of_range", message);
  }
  const fresh = new Map<number, FilledItem>();
  for (const item of items) {
    if (!fresh.has(item.index) && !isHere(turn, batch, item.index)) fresh.set(item.index, item);
  }
  const deduplicated = items.length - fresh.size;
  if (fresh.size === 0) return { accepted: 0, deduplicated };
  if (batch.state.at !== "open") {
    throw new RunletApiError(400, "batch_sealed", "The batch is sealed: it takes no further items.");
  }
  let refused = 0;
  let done = 0;
  let keyed = false;
  for (const item of fresh.values()) {
    if (isDoneBefore(turn, batch.base, item)) {
      done += 1;
      continue;
    }
    const shared = item.refusal === undefined ? far.shared(item.task, item.options) : undefined;
    if (shared !== undefined) {
      keyed = true;
      addKeyedItem(turn, batch, item, shared);
    } else addItem(turn, batch, item, trigger);
    if (item.refusal !== undefined) refused += 1;
  }
  turn.applyToBatch(n, { type: "received", items: fresh.size, refused, done: done + refused, keyed });
  return { accepted: fresh.size, deduplicated };
}

/** Seals the batch if all its items are here: then they start. */
export function sealBatch(turn: Turn, n: string): boolean {
  turn.applyToBatch(n, { type: "sealed" });
  const state = turn.batch(n)?.state;
  return state?.at === "running" || (state?.at === "final" && state.error === undefined);
}

/**
 * Whether the item has arrived. One that an earlier attempt's batch has completed leaves no row here; a run sends the
 * items of such a batch in order, so those below the number received have come.
 */
function isHere(turn: Turn, batch: Batch, index: number): boolean {
  if (batch.received === 0) return false;
  return batch.base === undefined ? turn.get(itemPath(batch.n, index)) !== undefined : index < batch.received;
}

function addItem(turn: Turn, batch: Batch, item: FilledItem, trigger: TriggerFunction): void {
  const { task, options } = item;
  const origin = batch.origin === undefined ? {} : { origin: batch.origin };
  const plan = { n: itemPath(batch.n, item.index), task, options, trigger, waiter: { n: batch.n }, ...origin };
  const run = newItem(plan, turn.now);
  keepMetadata(turn, plan.n, options);
  if (item.refusal === undefined) {
    turn.add({ kind: "run", record: run }, item.payload);
    return;
  }
  turn.addEnded(refusedRun(run, turn.now), item.payload, {
    ok: false,
    error: { name: "BatchItemRefusedError", message: item.refusal },
  });
}

/** An item whose run is where its key is: asked for when the batch is sealed, and waited for like a far child. */
function addKeyedItem(turn: Turn, batch: Batch, { index, task, payload, options }: FilledItem, far: Far): void {
  const { parentId, rootId, depth } = lineageOf(turn, batch);
  const record: Sent = {
    ...{ n: itemPath(batch.n, index), key: "", digest: "", madeIn: 1, what: "run", awaited: true, sealed: true },
    ...{ task, options, depth, ...far, state: "held", tries: 0 },
    ...(parentId === undefined ? {} : { parentId }),
    ...(rootId === undefined ? {} : { rootId }),
  };
  turn.add({ kind: "sent", record }, payload);
}

/** Of the items of a batch: the run that made it, here or in another group, if one did. */
function lineageOf(turn: Turn, { n, origin }: Batch): Partial<Origin> & { readonly depth: number } {
  const parent = turn.run(splitPath(n).parent);
  if (parent === undefined) return origin ?? { depth: 0 };
  const parentId = turn.runId(parent.n);
  return { parentId, rootId: rootIdOf(turn, parent) ?? parentId, depth: runDepth(turn, parent) + 1 };
}

function refusedRun(run: Run, now: number): Run {
  return { ...run, finishedAt: now, state: { at: "final", status: "SYSTEM_FAILURE" } };
}

/** Whether the batch of an earlier attempt completed this item with the same task and payload. */
function isDoneBefore(turn: Turn, base: string | undefined, item: FilledItem): boolean {
  if (base === undefined) return false;
  const path = itemPath(base, item.index);
  const entry = turn.get(path);
  if (entry?.kind === "sent") {
    if (entry.record.settled?.ok !== true || entry.record.task !== item.task) return false;
  } else if (entry?.kind === "run") {
    const { state, task } = entry.record;
    if (state.at !== "final" || state.status !== "COMPLETED" || task !== item.task) return false;
  } else return isDoneBefore(turn, turn.batch(base)?.base, item);
  const payload = turn.payload(path);
  return payload.data === item.payload.data && payload.type === item.payload.type;
}
