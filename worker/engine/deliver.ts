import type { RunOptions } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { WebhookEndpointContext } from "../../sdk/lib/webhook.ts";
import { DELIVERY_ROOT, subscriberPath } from "../core/address.ts";
import {
  statusOfTargets,
  type DeliveryStatus,
  type DeliveryTarget,
  type WebhookDelivery,
} from "../core/webhook-delivery.ts";
import { addRun } from "./add-run.ts";
import type { Turn } from "./turn.ts";

/** What is to be done for a subscriber: a run, or what came of it without one. */
export type PlannedTarget =
  | { readonly task: string; readonly status: "planned"; readonly options: RunOptions }
  | Exclude<DeliveryTarget, { status: "succeeded" }>;

interface Plan {
  readonly endpoint: WebhookEndpointContext;
  readonly targets: readonly PlannedTarget[];
}

/** A verified delivery, as its group takes it. */
export interface NewDelivery extends Plan {
  readonly source: string;
  readonly externalId: string;
  readonly bodyHash: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As JSON text. */
  readonly event: string;
}

/** A replay of the delivery at `of`. Its path follows from its request, so that it is made once. */
export interface NewReplay extends Plan {
  readonly n: string;
  readonly of: string;
}

export interface Delivered {
  readonly n: string;
  /** It was there before: nothing has changed. */
  readonly isRepeat: boolean;
  readonly status: DeliveryStatus;
  /** When it was made, ms. */
  readonly at: number;
}

/** Keeps the delivery and makes its runs, unless it is there: then it was sent again. */
export function deliver(turn: Turn, { event, ...delivery }: NewDelivery): Delivered {
  const known = turn.delivery(DELIVERY_ROOT);
  if (known !== undefined) return repeatOf(known);
  return keep(turn, { ...delivery, n: DELIVERY_ROOT }, { data: event, type: "application/json" }, event);
}

/** As `deliver`, with the event and headers of a delivery that is there; undefined when it is not. */
export function deliverAgain(turn: Turn, { n, of, ...plan }: NewReplay): Delivered | undefined {
  const known = turn.delivery(n);
  if (known !== undefined) return repeatOf(known);
  const first = turn.delivery(DELIVERY_ROOT);
  if (first === undefined || turn.delivery(of) === undefined) return undefined;
  const { source, externalId, bodyHash, headers } = first;
  const { data = "null" } = turn.payload(DELIVERY_ROOT);
  const replay = { ...plan, n, replayOf: of, source, externalId, bodyHash, headers };
  return keep(turn, replay, { type: "application/json" }, data);
}

/** Characters. */
const LONG_EVENT = 100_000;

type Kept = Omit<NewDelivery, "event"> & { readonly n: string; readonly replayOf?: string };

function keep(turn: Turn, { endpoint, targets: planned, ...delivery }: Kept, body: Packet, event: string): Delivered {
  const { n, headers } = delivery;
  const targets = planned.map((target): DeliveryTarget => {
    if (target.status !== "planned") return target;
    const { task, options } = target;
    const run = subscriberPath(n, task);
    addRun(turn, { n: run, task, options, trigger: "trigger", payload: payloadOf(event, headers, endpoint) });
    // Each run has its own copy: many large ones are not held at once.
    if (event.length > LONG_EVENT) turn.write();
    return { task, status: "succeeded", run };
  });
  const times = { createdAt: turn.now, updatedAt: turn.now };
  turn.add({ kind: "delivery", record: { ...delivery, endpoint: endpoint.id, targets, ...times } }, body);
  return { n, isRepeat: false, status: statusOfTargets(targets), at: turn.now };
}

function repeatOf({ n, targets, createdAt }: WebhookDelivery): Delivered {
  return { n, isRepeat: true, status: statusOfTargets(targets), at: createdAt };
}

/** A `WebhookTaskPayload`. The event is JSON already, and may be large. */
function payloadOf(event: string, headers: NewDelivery["headers"], endpoint: WebhookEndpointContext): Packet {
  const rest = JSON.stringify({ headers, endpoint });
  return { data: `{"event":${event},${rest.slice(1)}`, type: "application/json" };
}
