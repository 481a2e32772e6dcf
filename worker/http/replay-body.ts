import type { HeldReplay } from "../engine/engine.ts";
import { readReplayOptions } from "../../sdk/lib/replay-overrides.ts";
import { readHeldPayload } from "./payload.ts";
import { invalidField } from "./refusal.ts";

/**
 * The body of a replay: the overrides, all in one object, or no body for none. An override that is null asks for nothing;
 * only as a payload it is a value. Throws a `RunletApiError` (400) that names what cannot be used.
 */
export function readReplayBody(body: unknown): Omit<HeldReplay, "id" | "requestKey"> {
  if (body === undefined || body === null) return { options: {} };
  if (typeof body !== "object" || Array.isArray(body)) throw invalidField("the body", "a JSON object");
  const { payload, payloadType, ...given } = body as Readonly<Record<string, unknown>>;
  const overrides = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  const read = readReplayOptions(overrides);
  return payload === undefined ? read : { ...read, payload: readHeldPayload(payload, payloadType) };
}
