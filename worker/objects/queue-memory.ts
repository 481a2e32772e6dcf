import type { Holder } from "../core/queue-line.ts";
import type { ToldWish } from "../core/wish.ts";
import { deployment } from "../engine/deployment.ts";
import { NO_STATE } from "../engine/describe-queue.ts";
import type { QueueState } from "../engine/queue-api.ts";
import { isSameSettings, NOTHING_SET, writeSettings, type QueueSettings } from "../engine/queue-settings.ts";
import { SlotDealer } from "../engine/slot-dealer.ts";
import type { Env } from "../env.ts";
import { QueueStore } from "../storage/queue-store.ts";
import { GrantCarrier } from "./grant-carrier.ts";

const AFTER_FAILURE_MS = 5_000;
/** Slots that one alarm tells again; those that are left come with the next. */
const PAGE = 1_000;

/** What a loaded queue holds beside its database. All of it can be lost at any time. */
export class QueueMemory {
  /** Gives the time in ms. Tests put another clock here. */
  clock: () => number = () => Date.now();
  private readonly ctx: DurableObjectState;
  private readonly store: QueueStore;
  private readonly carrier: GrantCarrier;
  private hasTables = false;
  private dealer: SlotDealer | undefined;
  private alarmAt: number | null = null;
  /** Slots that the turn under way has given to runs of groups that did not ask. */
  private granted: Holder[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx;
    this.store = new QueueStore(ctx.storage.sql);
    this.carrier = new GrantCarrier(env, (group, wishes) => this.takeBack(group, wishes));
  }

  async load(): Promise<void> {
    this.hasTables = this.store.exists();
    if (!this.hasTables) return;
    this.alarmAt = await this.ctx.storage.getAlarm();
    if (this.alarmAt !== null && this.alarmAt <= this.clock()) this.setAlarm(this.clock() + 1);
  }

  /** One turn. If `verb` throws, nothing has changed. */
  turn<T>(verb: (dealer: SlotDealer, now: number) => T): T {
    this.granted = [];
    const result = this.commit(verb, this.clock());
    for (const holder of this.granted) this.carrier.tell(holder);
    return result;
  }

  /** Gives slots; answers those of the group that is asking, the others are told of theirs. */
  serve(dealer: SlotDealer, now: number, group?: string): Holder[] {
    const granted = dealer.serve(now, group);
    for (const holder of granted) {
      if (holder.group === group) this.carrier.giveAnew(holder);
      else this.granted.push(holder);
    }
    return granted.filter((holder) => holder.group === group);
  }

  /** Writes what was set from outside, if it differs; then it may be the turn of others. */
  set(change: (settings: QueueSettings, now: number) => QueueSettings): QueueState {
    const before = this.hasTables ? this.dealing().settings : NOTHING_SET;
    const after = change(before, this.clock());
    if (isSameSettings(before, after)) return this.describe();
    this.turn(() => writeSettings(this.store, after));
    this.dealer = undefined;
    return this.turn((dealer, now) => {
      this.serve(dealer, now);
      return dealer.describe();
    });
  }

  /** One that was never written to stays so. */
  describe(): QueueState {
    return this.hasTables ? this.dealing().describe() : NO_STATE;
  }

  /** What the alarm does. Never throws: an alarm that fails too often is dropped by the platform. */
  wake(): void {
    try {
      this.alarmAt = null;
      if (!this.hasTables) return;
      this.turn((dealer, now) => {
        this.granted.push(...dealer.untold(now, (one) => this.carrier.isTold(one), PAGE));
        this.serve(dealer, now);
      });
      this.carrier.forget();
    } catch (error) {
      console.error("runlet: the alarm of a queue failed and will be tried again", error);
      this.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  private takeBack(group: string, wishes: readonly ToldWish[]): void {
    this.turn((dealer, now) => {
      for (const wish of wishes) dealer.hear(group, wish, now);
      this.serve(dealer, now);
    });
  }

  private commit<T>(verb: (dealer: SlotDealer, now: number) => T, now: number): T {
    const { hasTables, alarmAt } = this;
    try {
      return this.ctx.storage.transactionSync(() => {
        if (!this.hasTables) this.store.create();
        this.hasTables = true;
        const dealer = this.dealing();
        const value = verb(dealer, now);
        this.arm(dealer, now);
        return value;
      });
    } catch (error) {
      this.hasTables = hasTables;
      this.alarmAt = alarmAt;
      this.dealer = undefined;
      throw error;
    }
  }

  private dealing(): SlotDealer {
    this.dealer ??= new SlotDealer(this.store, deployment().limitsOf(this.name), this.clock());
    return this.dealer;
  }

  private get name(): string {
    const { name } = this.ctx.id;
    if (name === undefined) throw new Error("The object of a queue is found by the queue's name.");
    return name;
  }

  private arm(dealer: SlotDealer, now: number): void {
    const next = dealer.nextTime(now);
    if (next !== undefined && next < (this.alarmAt ?? Infinity)) this.setAlarm(Math.max(next, now + 1));
  }

  private setAlarm(at: number): void {
    this.alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }
}
