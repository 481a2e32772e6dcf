import { byteLength } from "./byte-length.ts";
import { RunletApiError } from "./errors.ts";
import { encodePacket, type Packet } from "./packet.ts";
import { LIMITS } from "./wire.ts";

/** The payload as it travels. Throws a `RunletApiError` (413, `payload_too_large`) over `LIMITS.payloadBytes`. */
export function encodePayload(payload: unknown): Packet {
  const packet = encodePacket(payload);
  if (packet.data !== undefined && exceeds(packet.data, LIMITS.payloadBytes)) throw payloadTooLarge();
  return packet;
}

/** The refusal of a payload over the limit, worded alike on both sides of the wire. */
export function payloadTooLarge(): RunletApiError {
  const mebibytes = LIMITS.payloadBytes / 1024 / 1024;
  return new RunletApiError(
    413,
    "payload_too_large",
    `The payload is over the limit of ${LIMITS.payloadBytes} bytes (${mebibytes} MiB) of encoded text. ` +
      "Store large data elsewhere and pass a reference to it.",
  );
}

/** Whether the text is longer than `bytes` as UTF-8. Counts only where the number of characters does not decide. */
export function exceeds(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  if (text.length * 3 <= bytes) return false;
  return byteLength(text) > bytes;
}
