import { DurableObject } from "cloudflare:workers";
import { parseId } from "../core/ids.ts";
import { owedDelay } from "../core/retry.ts";
import { callGroup } from "../engine/call-group.ts";
import type { DeskApi, ToldDelivery, Waiter } from "../engine/desk-api.ts";
import { beginToWait, tellWaiters } from "../engine/desk-turn.ts";
import type { Env } from "../env.ts";
import { DeskStore, type Debt } from "../storage/desk-store.ts";

/** Debts that one alarm pays; those that are left come with the next. */
const PAGE = 50;
const AFTER_FAILURE_MS = 5_000;

/**
 * Where runs wait for events of an endpoint, whose id is its name. It keeps who waits for what, and for a while what has come; a
 * delivery that somebody waits for is owed to them from the turn in which it is told. It deletes itself when it has nothing left.
 */
export class WebhookDesk extends DurableObject<Env> implements DeskApi {
  /** Gives the time in ms. Tests put another clock here. */
  private readonly clock: () => number = () => Date.now();
  private readonly store: DeskStore;
  private hasTables: boolean;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = new DeskStore(ctx.storage.sql);
    this.hasTables = this.store.exists();
  }

  async wait(waiter: Waiter): Promise<void> {
    await this.turn((now) => beginToWait(this.store, waiter, now));
  }

  async tell(delivery: ToldDelivery): Promise<void> {
    await this.turn((now) => tellWaiters(this.store, delivery, now));
  }

  /** Never throws: an alarm that fails too often is dropped by the platform. */
  override async alarm(): Promise<void> {
    try {
      const now = this.clock();
      if (!this.hasTables) return;
      await Promise.all(this.store.dueDebts(now, PAGE).map((debt) => this.pay(debt)));
      this.ctx.storage.transactionSync(() => this.store.prune(now));
      const next = this.store.nextDue();
      if (next !== undefined) return void this.ctx.storage.setAlarm(Math.max(next, now + 1));
      this.hasTables = false;
      await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
    } catch (error) {
      console.error("runlet: an alarm of a webhook desk failed and will be tried again", error);
      void this.ctx.storage.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  /** One turn: stores all of it or nothing, with the alarm, and then pays what it owes. */
  private async turn(verb: (now: number) => readonly Debt[]): Promise<void> {
    const now = this.clock();
    const alarmAt = await this.ctx.storage.getAlarm();
    const { hasTables } = this;
    let debts: readonly Debt[];
    try {
      debts = this.ctx.storage.transactionSync(() => {
        if (!this.hasTables) this.store.create();
        this.hasTables = true;
        const made = verb(now);
        const next = this.store.nextDue();
        if (next !== undefined && (alarmAt === null || next < alarmAt)) {
          void this.ctx.storage.setAlarm(Math.max(next, now + 1));
        }
        return made;
      });
    } catch (error) {
      this.hasTables = hasTables;
      throw error;
    }
    this.ctx.waitUntil(Promise.all(debts.map((debt) => this.pay(debt))));
  }

  /** Completes the token; one that is not there any more needs nothing. What fails is tried again by the alarm. */
  private async pay(debt: Debt): Promise<void> {
    const { token, at, delivery, tries } = debt;
    const place = parseId("waitpoint", token);
    try {
      const packet = { type: "application/json", data: this.store.body(at, delivery) } as const;
      if (place !== undefined) await callGroup(this.env, place.group, (group) => group.completeToken(place.n, packet));
      this.store.updateDebt(debt, null);
    } catch (error) {
      console.warn("runlet: a webhook was not given to a run that waits for it; it will be tried again", error);
      this.store.updateDebt({ ...debt, tries: tries + 1 }, this.clock() + owedDelay(tries + 1));
    }
  }
}
