import type { Packet } from "../../sdk/lib/packet.ts";
import { exceeds, payloadTooLarge } from "../../sdk/lib/payload-limit.ts";
import type { Payload } from "../engine/held-packets.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { isTooDeep, MAX_DEPTH } from "../../sdk/lib/json-depth.ts";
import { invalidField, Refusal } from "./refusal.ts";

/** How a payload that was put at an address before is told from one that stands in the request. */
const STORED = "application/store";

/** A payload as it stands in a request, or the address where it was put. Throws what `readPayload` throws. */
export function readHeldPayload(payload: unknown, type: unknown): Payload {
  if (type !== STORED) return readPayload(payload, type, `, or ${STORED} with the address of a packet`);
  if (typeof payload !== "string" || payload === "") {
    throw invalidField("payload", `the address of a packet when options.payloadType is ${STORED}`);
  }
  return { type, address: payload };
}

/**
 * A payload as it stands in a request. With a type it is text of that type; without, any JSON value. Throws a Refusal
 * for text that is not of its type, and 413 over the limit. `others`: what the type may be besides.
 */
export function readPayload(payload: unknown, type: unknown, others = ""): Packet {
  const packet = toPacket(payload, type, others);
  const { data = "" } = packet;
  if (exceeds(data, LIMITS.payloadBytes)) throw payloadTooLarge();
  if (packet.type !== "text/plain" && isTooDeep(data)) throw tooDeep();
  return packet;
}

function tooDeep(): Refusal {
  return new Refusal(400, "payload_too_deep", `payload is nested deeper than ${MAX_DEPTH} levels.`);
}

/** The value as text. One that is nested too deeply for that is refused. */
function stringify(payload: unknown): string {
  try {
    return JSON.stringify(payload);
  } catch {
    throw tooDeep();
  }
}

function toPacket(payload: unknown, type: unknown, others: string): Packet {
  switch (type) {
    case undefined:
    case null:
      return payload === undefined
        ? { type: "application/json" }
        : { type: "application/json", data: stringify(payload) };
    case "text/plain":
      if (payload === undefined) return { type };
      if (typeof payload !== "string") throw invalidField("payload", "a string when options.payloadType is text/plain");
      return { type, data: payload };
    case "application/json":
    case "application/super+json":
      if (payload === undefined) return { type };
      if (typeof payload === "string") requireText(payload, type);
      else if (type === "application/super+json") requireSuperJson(payload);
      return { type, data: typeof payload === "string" ? payload : stringify(payload) };
    default:
      throw invalidField("options.payloadType", `text/plain, application/json or application/super+json${others}`);
  }
}

/** Whoever reads the run later relies on what is stored here being readable. */
function requireText(text: string, type: "application/json" | "application/super+json"): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidField("payload", `JSON text when options.payloadType is ${type}`);
  }
  if (type === "application/super+json") requireSuperJson(value);
}

function requireSuperJson(value: unknown): void {
  if (typeof value === "object" && value !== null && "json" in value) return;
  throw invalidField(
    "payload",
    'superjson, {"json": ..., "meta": ...}, when options.payloadType is application/super+json',
  );
}
