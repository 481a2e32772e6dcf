import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Env } from "../env.ts";
import { callGroup, unwrapAnswer } from "./call-group.ts";
import type { HeldItem } from "./engine.ts";
import type { FilledItem } from "./fill-batch.ts";
import { PACKET_GONE, type HeldPackets } from "./held-packets.ts";
import { placeOf } from "./place-of.ts";
import type { Registry } from "./registry.ts";
import { withDefaults } from "./report-passes.ts";
import { itemSize } from "./report-size.ts";

const CHUNK_ITEMS = 500;
const CHUNK_CHARACTERS = 2_000_000;

export interface AddedItems {
  readonly itemsAccepted: number;
  readonly itemsDeduplicated: number;
  readonly sealed: boolean;
}

/** Adds items to a batch, some at a time, and seals it once all are there. */
export async function addItems(
  env: Env,
  registry: Registry,
  packets: HeldPackets,
  batchId: string,
  items: AsyncIterable<HeldItem> | Iterable<HeldItem>,
): Promise<AddedItems> {
  const { group, n } = placeOf("batch", batchId);
  const total = { itemsAccepted: 0, itemsDeduplicated: 0, sealed: false };
  const send = async (chunk: readonly FilledItem[]): Promise<void> => {
    const answer = await callGroup(env, group, (stub) => stub.addItems(n, chunk, "batchTrigger", true));
    const filled = unwrapAnswer(answer);
    total.itemsAccepted += filled.accepted;
    total.itemsDeduplicated += filled.deduplicated;
    total.sealed = filled.sealed;
  };
  let chunk: FilledItem[] = [];
  let characters = 0;
  for await (const item of items) {
    const filled = await fill(registry, packets, item);
    chunk.push(filled);
    characters += itemSize(filled);
    if (chunk.length < CHUNK_ITEMS && characters < CHUNK_CHARACTERS) continue;
    await send(chunk);
    chunk = [];
    characters = 0;
  }
  // An empty last chunk still asks whether the batch is there and sealed.
  if (chunk.length > 0 || total.itemsAccepted + total.itemsDeduplicated === 0) await send(chunk);
  return total;
}

/** An item of an unknown task or queue, or without its payload, is no error of the batch: it is a failed item. */
async function fill(registry: Registry, packets: HeldPackets, item: HeldItem): Promise<FilledItem> {
  const { index, task, options } = item;
  const payload = await opened(packets, item);
  const known = { index, task, payload: payload ?? { type: "application/json" } } as const;
  try {
    const resolved = registry.resolve(task, options);
    return { ...known, options: resolved, ...(payload === undefined ? { refusal: PACKET_GONE } : {}) };
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw error;
    return { ...known, options: withDefaults(options), refusal: error.message };
  }
}

async function opened(packets: HeldPackets, { index, payload }: HeldItem) {
  try {
    return await packets.open(payload);
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw error;
    throw new RunletApiError(error.status, error.code, `Item ${index}: ${error.message}`);
  }
}
