import { DurableObject } from "cloudflare:workers";
import { parseId } from "../core/ids.ts";
import { owedDelay } from "../core/retry.ts";
import { callGroup } from "../engine/call-group.ts";
import type { DeskApi, ToldDelivery, Waiter } from "../engine/desk-api.ts";
import { beginToWait, SWEEP_MS, tellWaiters, type DeskTurn } from "../engine/desk-turn.ts";
import { payDebts } from "../engine/pay-debts.ts";
import type { Env } from "../env.ts";
import { DeskStore, type Debt } from "../storage/desk-store.ts";

/** Debts that one alarm pays; those that are left come with the next. */
const PAGE = 50;
/** For so long debts are begun with. What is left is due by then. */
const PAYING_MS = 60_000;
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
  /** When there is something to take out, ms; undefined while this instance does not know. */
  private sweepAt: number | undefined;

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
      const debts = this.store.dueDebts(now, PAGE);
      await this.pay(debts);
      // What is owed keeps its body, which may be over by now.
      if (debts.length > 0 || this.sweepAt === undefined || this.sweepAt <= now) this.sweep(now);
      const next = Math.min(this.store.nextDue() ?? Infinity, this.sweepAt ?? Infinity);
      if (next !== Infinity) return void this.ctx.storage.setAlarm(Math.max(next, now + 1));
      this.hasTables = false;
      await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
    } catch (error) {
      console.error("runlet: an alarm of a webhook desk failed and will be tried again", error);
      void this.ctx.storage.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  private sweep(now: number): void {
    const next = this.ctx.storage.transactionSync(() => this.store.sweep(now));
    this.sweepAt = next === undefined ? undefined : Math.max(next, now + SWEEP_MS);
  }

  /** One turn: stores all of it or nothing, with the alarm, and then pays what it owes. */
  private async turn(verb: (now: number) => DeskTurn): Promise<void> {
    const now = this.clock();
    const alarmAt = await this.ctx.storage.getAlarm();
    const { hasTables } = this;
    let made: DeskTurn;
    try {
      made = this.ctx.storage.transactionSync(() => {
        if (!this.hasTables) this.store.create();
        this.hasTables = true;
        const { dueAt = Infinity, sweepAt = Infinity, debts } = verb(now);
        const next = Math.min(dueAt, sweepAt);
        if (next < (alarmAt ?? Infinity)) void this.ctx.storage.setAlarm(Math.max(next, now + 1));
        return { debts, sweepAt };
      });
    } catch (error) {
      this.hasTables = hasTables;
      throw error;
    }
    if (this.sweepAt !== undefined) this.sweepAt = Math.min(this.sweepAt, made.sweepAt ?? Infinity);
    this.ctx.waitUntil(this.pay(made.debts));
  }

  private async pay(debts: readonly Debt[]): Promise<void> {
    const end = this.clock() + PAYING_MS;
    await payDebts(
      debts,
      ({ at, delivery }) => this.store.body(at, delivery),
      (debt, body) => this.payOne(debt, body),
      () => this.clock() >= end,
    );
  }

  /** Completes the token; one that is not there any more needs nothing. What fails is tried again by the alarm. */
  private async payOne({ token, tries }: Debt, body: string): Promise<void> {
    const place = parseId("waitpoint", token);
    try {
      const packet = { type: "application/json", data: body } as const;
      if (place !== undefined) await callGroup(this.env, place.group, (group) => group.completeToken(place.n, packet));
      this.store.deleteDebt(token);
    } catch (error) {
      console.warn("runlet: a webhook was not given to a run that waits for it; it will be tried again", error);
      this.store.postponeDebt(token, tries + 1, this.clock() + owedDelay(tries + 1));
    }
  }
}
