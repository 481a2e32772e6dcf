import type { BatchItemRequest } from "./door.ts";
import { RunletApiError } from "./errors.ts";
import { lateWait } from "./late-wait.ts";
import type { NewBatchItem, RunOutcome, StoredOptions } from "./journal.ts";
import type { Detachable } from "./pass-door.ts";
import { currentSurroundings, type Surroundings } from "./pass-context.ts";
import { encodePayload } from "./payload-limit.ts";
import { newRequestKey } from "./request-key.ts";
import { LazyPromise } from "./lazy-promise.ts";
import { toResult } from "./run-promise.ts";
import type { BatchResult, TaskRunResult } from "./task-result.ts";
import type { BatchHandle, BatchItems } from "./task-types.ts";
import { currentPass, doorOf, readOwnOptions } from "./trigger.ts";
import { readKey } from "./hash-key.ts";
import { readBatchOptions, readTriggerOptions, refuseDetached, type BatchKey } from "./trigger-options.ts";
import { LIMITS } from "./wire.ts";

/** An item whose options are checked and whose payload is not encoded yet. */
export interface PlannedItem {
  readonly task: string;
  readonly payload: unknown;
  readonly options: StoredOptions;
}

/** What came of a batch, as the pass tells it. */
interface BatchOutcome {
  readonly id: string;
  readonly runs: readonly RunOutcome[];
}

/** The item as the user wrote it, without its types. */
interface WrittenItem {
  readonly payload?: unknown;
  readonly options?: unknown;
}

/** Starts a batch from wherever the code is. `taskOf` tells the id of an item's task. */
export async function triggerItems<Item extends WrittenItem>(
  items: BatchItems<Item>,
  taskOf: (item: Item) => string,
  options: unknown,
): Promise<BatchHandle> {
  const { detached, key } = readWholeOptions(options);
  const surroundings = currentSurroundings();
  const send = (planned: readonly PlannedItem[]) => sendBatch(planned, key, detached, surroundings);
  return isIterable(items) ? send(plan(items, taskOf, key)) : send(plan(await collect(items), taskOf, key));
}

/**
 * Starts a batch and waits for all of it. Given items at once, the wait gets its place among the run's waits now, in
 * call order; given an async iterable, when the last item has come.
 */
export function waitForItems<Item extends WrittenItem, Result extends TaskRunResult>(
  items: BatchItems<Item>,
  taskOf: (item: Item) => string,
  options: unknown,
): Promise<BatchResult<Result>> {
  try {
    const pass = currentPass(
      "batchTriggerAndWait",
      "Use batchTrigger() here, and batch.retrieve() to see how it goes.",
    );
    const { detached, key } = readWholeOptions(options);
    refuseDetached(detached, "a batch that is waited for is cancelled with the run that waits");
    const begin = (list: Iterable<Item>) => pass.waitForBatch(plan(list, taskOf, key).map(encodeItem));
    if (isIterable(items)) {
      const begun = begin(items);
      return new LazyPromise(() => begun.then(toBatchResult<Result>));
    }
    const begun = collect(items).then((list) => ({ wait: begin(list) }));
    const wait = lateWait(pass, begun, (late) => late.wait);
    return new LazyPromise(() => wait().then(toBatchResult<Result>));
  } catch (error) {
    const rejection = Promise.reject(error);
    return new LazyPromise<BatchResult<Result>>(() => rejection);
  }
}

function toBatchResult<Result extends TaskRunResult>({ id, runs }: BatchOutcome): BatchResult<Result> {
  return { id, runs: runs.map((run) => toResult(run) as Result) };
}

async function sendBatch(
  planned: readonly PlannedItem[],
  key: BatchKey,
  how: Detachable,
  surroundings: Surroundings | undefined,
): Promise<BatchHandle> {
  if (surroundings?.pass !== undefined) {
    const { id, runCount } = await surroundings.pass.triggerBatch(planned.map(encodeItem), how);
    return { batchId: id, runCount };
  }
  const request = { runCount: planned.length, requestKey: newRequestKey(), ...key };
  const { id, runCount } = await doorOf(surroundings).triggerBatch(request, encodeOnDemand(planned));
  return { batchId: id, runCount };
}

/** The items, each encoded only when it is taken. May be iterated again: every time gives the same items. */
function encodeOnDemand(planned: readonly PlannedItem[]): Iterable<BatchItemRequest> {
  return {
    *[Symbol.iterator]() {
      for (const [index, item] of planned.entries()) yield { index, ...encodeItem(item) };
    },
  };
}

function encodeItem(item: PlannedItem): Omit<NewBatchItem, "index"> {
  return { task: item.task, payload: encodePayload(item.payload), options: item.options };
}

/** Options of a batch as a whole. */
function readWholeOptions(options: unknown): { readonly key: BatchKey; readonly detached: Detachable } {
  if (typeof options !== "object" || options === null) return { key: readBatchOptions(options), detached: {} };
  const { detached, ...rest } = options as Readonly<Record<string, unknown>>;
  const { idempotencyKey } = rest;
  const hashed = idempotencyKey === undefined ? {} : { idempotencyKey: readKey(idempotencyKey) };
  return { key: readBatchOptions({ ...rest, ...hashed }), detached: readTriggerOptions({ detached }) };
}

function plan<Item extends WrittenItem>(
  items: Iterable<Item>,
  taskOf: (item: Item) => string,
  key: BatchKey,
): PlannedItem[] {
  const planned: PlannedItem[] = [];
  for (const item of items) {
    if (planned.length === LIMITS.batchItems) throw tooManyItems();
    const options = withBatchKey(readOwnOptions(item.options), key, planned.length);
    refuseDetached(options, "it is an option of a batch as a whole");
    planned.push({ task: taskOf(item), payload: item.payload, options });
  }
  if (planned.length === 0) throw new RunletApiError(400, "batch_empty", "A batch needs at least one item.");
  return planned;
}

/** An item of a batch with a key has one too, so that a batch that is made anew finds what was made of the first. */
function withBatchKey(options: StoredOptions, key: BatchKey, index: number): StoredOptions {
  if (key.idempotencyKey === undefined) return options;
  const { idempotencyKey = readKey([key.idempotencyKey, String(index)]) } = options;
  return { ...key, ...options, idempotencyKey };
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) {
    if (list.length === LIMITS.batchItems) throw tooManyItems();
    list.push(item);
  }
  return list;
}

function tooManyItems(): RunletApiError {
  return new RunletApiError(413, "batch_too_large", `A batch holds at most ${LIMITS.batchItems} items.`);
}

function isIterable<Item>(items: BatchItems<Item>): items is Iterable<Item> {
  return Symbol.iterator in items;
}
