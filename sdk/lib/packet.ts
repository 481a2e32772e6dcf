import superjson from "superjson";

/**
 * A value as it travels and is stored: text and how to read it. `undefined` is a packet without `data`.
 * The three types are those of the wire: a bare string, plain JSON, and superjson's `{"json", "meta"}`.
 */
export interface Packet {
  readonly data?: string;
  readonly type: PacketType;
}

export type PacketType = "text/plain" | "application/json" | "application/super+json";

/** Turns any value that superjson knows (Date, Map, Set, BigInt, undefined, Error, URL...) into a packet. */
export function encodePacket(value: unknown): Packet {
  if (value === undefined) return { type: "application/json" };
  if (typeof value === "string") return { data: value, type: "text/plain" };
  return { data: superjson.stringify(value), type: "application/super+json" };
}

/** A packet as parsing gives it, where what is absent may be written as `undefined`. */
type ReadPacket = { readonly data?: string | undefined; readonly type: PacketType };

/** The value that was encoded. Throws a SyntaxError when the text is not what its type says. */
export function decodePacket(packet: ReadPacket): unknown {
  if (packet.data === undefined) return undefined;
  switch (packet.type) {
    case "text/plain":
      return packet.data;
    case "application/json":
      return JSON.parse(packet.data);
    case "application/super+json":
      return superjson.parse(packet.data);
  }
}

/** The value as plain JSON, for readers that know nothing of superjson (an HTTP answer, a page). */
export function packetToJson(packet: Packet): unknown {
  if (packet.data === undefined) return undefined;
  if (packet.type === "text/plain") return packet.data;
  const parsed: unknown = JSON.parse(packet.data);
  if (packet.type === "application/super+json" && typeof parsed === "object" && parsed !== null) {
    return (parsed as { json?: unknown }).json;
  }
  return parsed;
}
