import type { DeliveryObject } from "../../sdk/lib/webhook-wire.ts";
import { DELIVERY_ROOT } from "../core/address.ts";
import { formatId } from "../core/ids.ts";
import { statusOfTargets, type DeliveryTarget, type WebhookDelivery } from "../core/webhook-delivery.ts";
import type { DeliveryRow } from "../storage/delivery-index.ts";
import type { Turn } from "./turn.ts";

/** A delivery as its group tells of it: the endpoint by the id of the code, the event as JSON text. */
export interface StoredDelivery extends Omit<DeliveryObject, "event" | "endpoint"> {
  readonly event: string;
  readonly endpoint: string;
}

const MOST_REPLAYS = 100;
const FILTERED = "Its filter did not let the event through.";

/** The delivery at `n`; undefined when there is none. */
export function describeDelivery(turn: Turn, n: string): StoredDelivery | undefined {
  const delivery = turn.delivery(n);
  if (delivery === undefined) return undefined;
  const { endpoint, externalId, bodyHash, headers, targets, createdAt, updatedAt, replayOf } = delivery;
  const failed = targets.flatMap((target) => (target.status === "failed" ? `${target.task}: ${target.error}` : []));
  const status = statusOfTargets(targets);
  const replays = turn.scans.roots(`${DELIVERY_ROOT}-`, MOST_REPLAYS);
  return {
    id: deliveryId(turn, n),
    endpoint,
    status,
    externalDeliveryId: externalId,
    idempotencyKey: externalId,
    isTest: false,
    event: turn.payload(DELIVERY_ROOT).data ?? "null",
    headers: { ...headers },
    rawBodyHash: bodyHash,
    error: failed.length === 0 ? null : failed.join("\n"),
    filterReason: status === "filtered" ? FILTERED : null,
    targets: targets.map((target) => describeTarget(turn, target)),
    replayedFrom: replayOf === undefined ? null : deliveryId(turn, replayOf),
    replays: n === DELIVERY_ROOT ? replays.map((replay) => deliveryId(turn, replay)) : [],
    createdAt: new Date(createdAt),
    processedAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

/** A delivery as the index knows it. */
export function deliveryRow(turn: Turn, delivery: WebhookDelivery): DeliveryRow {
  const { n, createdAt, endpoint, externalId, targets } = delivery;
  return { id: deliveryId(turn, n), createdAt, endpoint, status: statusOfTargets(targets), externalId };
}

function describeTarget(turn: Turn, target: DeliveryTarget): DeliveryObject["targets"][number] {
  return {
    ...{ id: target.task, type: "task", status: target.status, sessionId: null, waiters: null },
    reason: target.status === "filtered" ? FILTERED : null,
    error: target.status === "failed" ? target.error : null,
    runId: target.status === "succeeded" ? turn.runId(target.run) : null,
  };
}

function deliveryId(turn: Turn, n: string): string {
  return formatId("whd", turn.groupShort, n);
}
