import { DurableObject } from "cloudflare:workers";
import type { Grant, ToldWish } from "../core/wish.ts";
import type { QueueApi, QueueState } from "../engine/queue-api.ts";
import type { Env } from "../env.ts";
import { QueueMemory } from "./queue-memory.ts";

/**
 * A queue with limits: who waits for a slot in it, and who has one. Each method is one turn: load, ask the dealer, store
 * in one synchronous block, then tell the groups. Its name is that of the queue, its limits are those of the code.
 */
export class QueueKeeper extends DurableObject<Env> implements QueueApi {
  private readonly memory: QueueMemory;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.memory = new QueueMemory(ctx, env);
    void ctx.blockConcurrencyWhile(() => this.memory.load());
  }

  async wish(group: string, wishes: readonly ToldWish[]): Promise<Grant[]> {
    return this.memory.turn((dealer, now) => {
      const held = wishes.filter((wish) => dealer.hear(group, wish, now));
      return [...held, ...this.memory.serve(dealer, now, group)].map(({ n, number }) => ({ n, number }));
    });
  }

  async describe(): Promise<QueueState> {
    return this.memory.describe();
  }

  async setPaused(isPaused: boolean): Promise<QueueState> {
    return this.memory.set((settings) => ({ ...settings, isPaused }));
  }

  async setConcurrencyLimit(concurrencyLimit: number | null): Promise<QueueState> {
    return this.memory.set(({ isPaused }, now) => ({
      isPaused,
      ...(concurrencyLimit === null ? {} : { concurrencyLimit, overriddenAt: now }),
    }));
  }

  override async alarm(): Promise<void> {
    this.memory.wake();
  }
}
