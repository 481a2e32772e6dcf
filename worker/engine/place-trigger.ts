import { delayUntil } from "../../sdk/lib/delay.ts";
import { BATCH_ROOT, OWN_ROOT, SHARED_ROOT } from "../core/address.ts";

/** The triggers of this long, from one continent, share a group. Why: docs/decisions/0007. */
const SLICE_MS = 250;
/** A run that waits for longer than this before it starts keeps no others from being over and done with. */
const LONG_DELAY_MS = 10 * 60_000;

export interface Placement {
  /** The name of the group's object. */
  readonly name: string;
  /** The path in it. */
  readonly n: string;
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Where a trigger belongs: a pure function of its request key, so that a retried request finds the first one's run. A
 * time-ordered key (UUIDv7) shares a group with others of its quarter second, unless its run is delayed for long; any other key
 * names a group of its own.
 */
export function placeTrigger(requestKey: string, continent: string, delay?: string): Placement {
  if (!UUID_V7.test(requestKey)) return { name: `request:${requestKey}`, n: OWN_ROOT };
  const hex = requestKey.replaceAll("-", "");
  const madeAt = Number.parseInt(hex.slice(0, 12), 16);
  if (delay !== undefined && delayUntil(delay, madeAt) - madeAt > LONG_DELAY_MS) {
    return { name: `request:${requestKey}`, n: OWN_ROOT };
  }
  const slice = Math.floor(madeAt / SLICE_MS);
  // The rest of the time within the slice, and all of the random bits.
  return { name: `slice:${slice}:${continent}`, n: SHARED_ROOT + hex.slice(9) };
}

// A name ends the id of a task or endpoint by a space, which no id holds: a colon may be part of both.

/** The group of the runs of a task with an idempotency key, one after the other. */
export function keyGroupName(task: string, key: string): string {
  return `key:${task} ${key}`;
}

/** The group of the runs of a task with a debounce key, one after the other. */
export function debounceGroupName(task: string, key: string): string {
  return `debounce:${task} ${key}`;
}

/** The group of the batches with an idempotency key, one after the other. */
export function placeBatchKey(key: string): Placement {
  return { name: `batch-key:${key}`, n: BATCH_ROOT };
}

/** The group of a token: that of its idempotency key, or one of its own. Times that waits share have keys apart. */
export function tokenGroupName(
  requestKey: string,
  { idempotencyKey, isTime }: { readonly idempotencyKey?: string; readonly isTime?: true },
): string {
  if (idempotencyKey === undefined) return `token:${requestKey}`;
  return isTime === true ? `time-key:${idempotencyKey}` : `token-key:${idempotencyKey}`;
}

/**
 * The group of a webhook delivery: its provider's name for it, or else what was sent, decides. So a delivery that is sent again
 * comes to where the first one is.
 */
export function deliveryGroupName(endpoint: string, identity: { readonly id: string } | { readonly digest: string }) {
  return "id" in identity ? `webhook:${endpoint} ${identity.id}` : `webhook-digest:${endpoint} ${identity.digest}`;
}

export function placeBatch(requestKey: string): Placement {
  return { name: `batch:${requestKey}`, n: BATCH_ROOT };
}

/** The group of what a run triggers without waiting, or awaits too deep down: a replay or retry finds the same. */
export function childGroupName(parentId: string, seg: string): string {
  return `child:${parentId}:${seg}`;
}
