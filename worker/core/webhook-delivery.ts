/** What came of a delivery. Of several subscribers, one that got a run decides, then one that failed. */
export type DeliveryStatus = "succeeded" | "failed" | "filtered" | "unmatched";

/** For so long after it was made, or for the window of its endpoint, a delivery that is sent again is told to those who wait. */
export const REPEAT_MS = 600_000;

/** What a delivery did for one subscriber. */
export type DeliveryTarget = { readonly task: string } & (
  | { readonly status: "succeeded"; readonly run: string }
  | { readonly status: "filtered" }
  | { readonly status: "failed"; readonly error: string }
);

/** A verified request of a provider, or a replay of one. Its event is its payload; a replay has that of the delivery. */
export interface WebhookDelivery {
  readonly n: string;
  readonly endpoint: string;
  readonly source: string;
  /** The provider's name for it; where it has none, the digest that it is known by. */
  readonly externalId: string;
  /** SHA-256 of the body, in hex. */
  readonly bodyHash: string;
  /** Without credentials. */
  readonly headers: Readonly<Record<string, string>>;
  readonly targets: readonly DeliveryTarget[];
  /** The path of the delivery that this one does again. */
  readonly replayOf?: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export function statusOfTargets(targets: readonly { readonly status: DeliveryTarget["status"] }[]): DeliveryStatus {
  const has = (status: DeliveryTarget["status"]) => targets.some((target) => target.status === status);
  if (has("succeeded")) return "succeeded";
  if (has("failed")) return "failed";
  return targets.length === 0 ? "unmatched" : "filtered";
}

/**
 * Whether those who wait for events are to be told of a delivery: whoever was to tell them the first time may have died. One that
 * is sent again much later says nothing of what happens now; somebody may have caught it, and send it.
 */
export function isForWaiters(
  { isRepeat, at }: { readonly isRepeat: boolean; readonly at: number },
  windowMs: number,
  now: number,
): boolean {
  return !isRepeat || now <= at + Math.max(windowMs, REPEAT_MS);
}
