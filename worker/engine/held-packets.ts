import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { Env } from "../env.ts";
import { insist } from "./insist.ts";
import type { PacketApi } from "./packet-api.ts";
import { newPacketAddress, readPacketAddress } from "./packet-address.ts";

/** A payload that was put at an address before, and is in a request by that. */
export interface HeldPacket {
  readonly type: "application/store";
  readonly address: string;
}

/** A payload as it comes with a request. */
export type Payload = Packet | HeldPacket;

/**
 * Packets that are put at an address of their own before the request that they belong to: each is held by an object for an
 * hour, or until then by nothing where none was put.
 */
export class HeldPackets {
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  newAddress(): Promise<string> {
    return newPacketAddress(this.env, Date.now());
  }

  /** Holds a packet. Throws a `RunletApiError`: 400 for an address that was not given out here, 403 for one that is over. */
  async put(address: string, packet: Packet): Promise<void> {
    const place = (await readPacketAddress(this.env, address)) ?? noAddress();
    if (Date.now() > place.putUntil) {
      throw new RunletApiError(403, "packet_address_expired", "The time to put a packet at this address is over.");
    }
    await this.call(place.name, (hold) => hold.put(packet, place.keptUntil));
  }

  /**
   * The packet of a payload; undefined when there is none at its address, or not any more. Throws a `RunletApiError` (400)
   * for an address that was not given out here.
   */
  async open(payload: Payload): Promise<Packet | undefined> {
    if (payload.type !== "application/store") return payload;
    const place = (await readPacketAddress(this.env, payload.address)) ?? noAddress();
    if (Date.now() > place.keptUntil) return undefined;
    return (await this.call(place.name, (hold) => hold.take())) ?? undefined;
  }

  private call<T>(name: string, call: (hold: PacketApi) => Promise<T>): Promise<T> {
    return insist("The packet's storage", () => call(this.env.PACKET_HOLD.getByName(name)));
  }
}

/** What is said of a payload that is not there. */
export const PACKET_GONE =
  "There is no packet at the address that is given as payload: it was never put there, or more than an hour ago. Send it again.";

export function packetGone(): never {
  throw new RunletApiError(404, "packet_not_found", PACKET_GONE);
}

function noAddress(): never {
  const message =
    "This is no address of a packet that this deployment has given out: ask PUT /api/v2/packets/{name} for one.";
  throw new RunletApiError(400, "invalid_packet_address", message);
}
