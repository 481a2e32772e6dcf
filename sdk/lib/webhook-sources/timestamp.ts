import type { WebhookRequest } from "../webhook-source.ts";
import { readHeader } from "./header.ts";
import { Refusal } from "./refusal.ts";

export type TimestampUnit = "s" | "ms";

const DIGITS = /^\d{1,15}$/;

/**
 * The text of a header with the time at which a request was sent, in seconds or milliseconds since 1970. Refuses one that
 * is further than `toleranceMs` from the time at which it came, before or after.
 */
export function readTimestampHeader(
  request: WebhookRequest,
  name: string,
  toleranceMs: number,
  unit: TimestampUnit = "s",
): string {
  const text = readHeader(request, name);
  if (text === undefined) throw new Refusal("timestamp_invalid", `The header ${name} is missing.`);
  refuseUnlessNear(text, request, toleranceMs, unit);
  return text;
}

/** Refuses a time that is further than `toleranceMs` from the one at which the request came, and a text that is none. */
export function refuseUnlessNear(
  text: string,
  { receivedAt }: WebhookRequest,
  toleranceMs: number,
  unit: TimestampUnit = "s",
): void {
  if (!DIGITS.test(text)) throw new Refusal("timestamp_invalid", "The time at which it was sent is no number.");
  const distance = Number(text) * (unit === "s" ? 1000 : 1) - receivedAt;
  if (Math.abs(distance) <= toleranceMs) return;
  const shown = `${Math.round(Math.abs(distance) / 1000)} s ${distance < 0 ? "before" : "after"}`;
  throw new Refusal("timestamp_invalid", `It was sent ${shown} it came; the tolerance is ${toleranceMs / 1000} s.`);
}
