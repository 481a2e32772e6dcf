import type { Packet } from "../../sdk/lib/packet.ts";

/** What the object that holds a packet answers to. Every call may be made twice. */
export interface PacketApi {
  /** Holds the packet, in place of one that was put before, until this time (ms). */
  put(packet: Packet, until: number): Promise<void>;
  /** Null where nothing was put, or is held any more. */
  take(): Promise<Packet | null>;
}
