import { DurableObject } from "cloudflare:workers";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { PacketApi } from "../engine/packet-api.ts";
import type { Env } from "../env.ts";
import { PacketStore } from "../storage/packet-store.ts";

const AFTER_FAILURE_MS = 60_000;

/** Holds one packet between its upload and the request that it is for, and for a while after, since that may be sent again. */
export class PacketHold extends DurableObject<Env> implements PacketApi {
  private readonly store: PacketStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new PacketStore(ctx.storage.sql);
  }

  async put(packet: Packet, until: number): Promise<void> {
    this.ctx.storage.transactionSync(() => this.store.write(packet));
    void this.ctx.storage.setAlarm(until);
  }

  async take(): Promise<Packet | null> {
    return this.store.read() ?? null;
  }

  /** Never throws: an alarm that fails too often is dropped by the platform. */
  override async alarm(): Promise<void> {
    try {
      await this.ctx.storage.deleteAll();
    } catch (error) {
      console.error("runlet: a packet was not deleted; it will be tried again", error);
      void this.ctx.storage.setAlarm(Date.now() + AFTER_FAILURE_MS);
    }
  }
}
