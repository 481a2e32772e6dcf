import { DurableObject } from "cloudflare:workers";
import type { BulkActionObject } from "../../sdk/lib/wire.ts";
import { abort } from "../core/bulk.ts";
import { formatBulkId } from "../core/ids.ts";
import type { BulkApi, BulkPlan } from "../engine/bulk-api.ts";
import { describeBulk, rowOf } from "../engine/describe-bulk.ts";
import type { Env } from "../env.ts";
import { BulkMemory } from "./bulk-memory.ts";

/**
 * A bulk action: many runs to cancel or replay. It takes a page of them with each alarm, and stores what came of it before the
 * next. Its name is the key of the request that asked for it.
 */
export class BulkAction extends DurableObject<Env> implements BulkApi {
  private readonly memory: BulkMemory;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.memory = new BulkMemory(ctx, env, formatBulkId(ctx.id.toString()));
    void ctx.blockConcurrencyWhile(() => this.memory.load());
  }

  async create(plan: BulkPlan): Promise<void> {
    if (this.memory.read() === undefined) this.memory.begin(plan);
  }

  async describe(): Promise<BulkActionObject | null> {
    const bulk = this.memory.read();
    return bulk === undefined ? null : describeBulk(rowOf(this.memory.id, bulk));
  }

  async abort(): Promise<boolean> {
    if (this.memory.read() === undefined) return false;
    this.memory.change(abort);
    return true;
  }

  override async alarm(): Promise<void> {
    await this.memory.wake();
  }
}
