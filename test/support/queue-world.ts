import type { QueueLimits, Rate } from "../../sdk/lib/queue-limits.ts";
import type { Holder } from "../../worker/core/queue-line.ts";
import type { Run, RunEvent } from "../../worker/core/run.ts";
import { beginning, transition } from "../../worker/core/run-machine.ts";
import { NO_WISH, wantsSlot, type Grant, type ToldWish, type Want } from "../../worker/core/wish.ts";
import { writeSettings } from "../../worker/engine/queue-settings.ts";
import { SlotDealer } from "../../worker/engine/slot-dealer.ts";
import { QueueStore } from "../../worker/storage/queue-store.ts";
import { checkQueue, type Counted } from "./queue-checks.ts";
import type { Random } from "./random.ts";
import { aRun, claimed, completed, failed, LEASE_MS, SETTLED, suspended } from "./run-records.ts";
import { MemorySql } from "./sql-storage.ts";

type Message =
  | { readonly to: "queue"; readonly group: string; readonly wishes: readonly ToldWish[] }
  | {
      readonly to: "group";
      readonly group: string;
      readonly told: readonly ToldWish[];
      readonly granted: readonly Grant[];
    };

export interface Held {
  readonly number: number;
  readonly hasSlot: boolean;
}

const GROUPS = ["g1", "g2", "g3"];
const KEYS = ["", "a", "b", "c"];
const WAIT_MS = 8_000;

/**
 * The dealer of one queue over a real database, and runs with the real machine that want slots of it. What they tell each
 * other is lost, doubled and late; the object of the queue is restarted between any two calls.
 */
export class QueueWorld {
  readonly store: QueueStore;
  readonly base: QueueLimits;
  readonly runs = new Map<string, Run>();
  readonly granted: { readonly at: number; readonly key: string; readonly want: Want | "stale" }[] = [];
  /** What was stored after the last step. */
  counted: readonly Counted[] = [];
  dealer: SlotDealer;
  now = 1_000_000;
  isCalm = false;
  private readonly sql = new MemorySql();
  private readonly random: Random;
  private readonly told = new Map<string, number>();
  private messages: Message[] = [];
  private alarmAt: number | undefined;

  constructor(random: Random, base: QueueLimits) {
    this.random = random;
    this.base = base;
    this.store = new QueueStore(this.sql.storage);
    this.store.create();
    this.dealer = new SlotDealer(this.store, base, this.now);
  }

  close(): void {
    this.sql.close();
  }

  /** What each run holds, by group and path. */
  holders(): Map<string, Held> {
    const rows = this.sql.storage.exec<{ grp: string; n: string; number: number; has_slot: number }>(
      "SELECT grp, n, number, has_slot FROM holder",
    );
    return new Map(
      rows.toArray().map(({ grp, n, number, has_slot }) => [`${grp} ${n}`, { number, hasSlot: has_slot === 1 }]),
    );
  }

  get isOver(): boolean {
    const isOpen = (run: Run): boolean => run.state.at !== "final" || run.wish?.due !== undefined;
    return this.messages.length === 0 && ![...this.runs.values()].some(isOpen) && this.alarmAt === undefined;
  }

  /** Something happens. */
  step(): void {
    const { random } = this;
    this.now += random.below(random.chance(0.1) && !this.isCalm ? 5_000 : 50);
    const kind = random.below(20);
    if (this.alarmAt !== undefined && this.alarmAt <= this.now && (this.isCalm || random.chance(0.7))) this.wake();
    else if (kind < 9 && this.messages.length > 0) this.deliver();
    else if (kind < 10 && !this.isCalm) this.start();
    else if (kind < 11 && !this.isCalm) this.restart();
    else if (kind < 12 && !this.isCalm && random.chance(0.2)) this.change();
    else this.move();
    checkQueue(this);
  }

  /** From now on nothing is lost, nothing new begins and nothing is in the way; time passes when nothing else happens. */
  calm(): void {
    this.isCalm = true;
    this.turn(() => writeSettings(this.store, { isPaused: false }));
    this.restart();
    this.turn(() => this.serve());
  }

  restart(): void {
    this.dealer = new SlotDealer(this.store, this.base, this.now);
  }

  private start(): void {
    const { random } = this;
    const group = random.pick(GROUPS);
    const n = `r${this.runs.size}`;
    const concurrencyKey = random.pick(KEYS);
    const fields = {
      ...aRun({ n, queue: "q", createdAt: this.now - random.below(3), updatedAt: this.now, wish: NO_WISH }),
      ...(concurrencyKey === "" ? {} : { concurrencyKey }),
      ...(random.chance(0.1) ? { ttl: 5 } : {}),
    };
    const run = { ...fields, ...beginning(fields, this.now) };
    this.runs.set(`${group} ${n}`, run);
    this.tell(group, run);
  }

  /** Pauses the queue or lets it go on, or limits it otherwise. */
  private change(): void {
    const isPaused = this.random.chance(0.4);
    const concurrencyLimit = 1 + this.random.below(3);
    const limit = this.random.chance(0.5) ? { concurrencyLimit, overriddenAt: this.now } : {};
    this.turn(() => writeSettings(this.store, { isPaused, ...limit }));
    this.restart();
    this.turn(() => this.serve());
  }

  /** One of the runs goes on. When none can, and nothing is on its way, time alone brings something about. */
  private move(): void {
    const able = [...this.runs].flatMap(([id, run]) => {
      const event = this.eventFor(run);
      return event === undefined ? [] : [{ id, event }];
    });
    if (able.length > 0) {
      const { id, event } = this.random.pick(able);
      this.apply(id, event);
    } else if (this.isCalm && this.messages.length === 0) {
      const dues = [...this.runs.values()].map(dueOf);
      this.now = Math.max(this.now, Math.min(this.alarmAt ?? Infinity, ...dues));
      if (!Number.isFinite(this.now)) throw new Error("Nothing will ever happen, and something is open.");
    }
  }

  private eventFor(run: Run): RunEvent | undefined {
    const { random } = this;
    const { state, epoch } = run;
    if (!this.isCalm && state.at !== "final" && random.chance(0.05)) return { type: "canceled" };
    if (dueOf(run) <= this.now) return { type: "due" };
    switch (state.at) {
      case "queued":
        return run.wish === undefined || !wantsSlot(run.wish.want) ? undefined : claimed(epoch);
      case "executing":
        if (this.isCalm) return completed(epoch);
        return random.pick<RunEvent>([
          completed(epoch),
          completed(epoch),
          suspended(epoch),
          SETTLED,
          failed(epoch, random.pick([0, WAIT_MS])),
          { type: "missing", epoch },
          { type: "renewed", due: this.now + LEASE_MS },
        ]);
      case "waiting":
        return SETTLED;
      case "final":
        return run.wish !== undefined && wantsSlot(run.wish.want) ? { type: "ceased", epoch } : undefined;
      default:
        return undefined;
    }
  }

  private apply(id: string, event: RunEvent): boolean {
    const before = this.runs.get(id);
    if (before === undefined) return false;
    const result = transition(before, event, this.now);
    if ("ignored" in result) return false;
    this.runs.set(id, result.run);
    const [group = ""] = id.split(" ");
    if (result.effects.some(({ type }) => type === "wish")) this.tell(group, result.run);
    return true;
  }

  private tell(group: string, { n, wish = NO_WISH, concurrencyKey = "", createdAt: rank }: Run): void {
    const { number, want } = wish;
    this.send({ to: "queue", group, wishes: [{ n, number, want, key: concurrencyKey, rank }] });
  }

  private send(message: Message): void {
    const copies = this.isCalm ? 1 : this.random.pick([0, 1, 1, 1, 1, 2]);
    for (let left = copies; left > 0; left -= 1) this.messages.push(message);
  }

  /** Any of them, so that they pass each other. */
  private deliver(): void {
    const i = this.random.below(this.messages.length);
    const [message] = this.messages.splice(i, 1);
    if (message === undefined) return;
    if (message.to === "group") return this.hearGrants(message);
    const { group, wishes } = message;
    const granted = this.turn(() => {
      const held = wishes.filter((wish) => this.dealer.hear(group, wish, this.now));
      return [...held, ...this.serve(group)].map(({ n, number }) => ({ n, number }));
    });
    this.send({ to: "group", group, told: wishes, granted });
  }

  private hearGrants({ group, told, granted }: Message & { to: "group" }): void {
    for (const grant of granted) {
      const id = `${group} ${grant.n}`;
      const isTaken = this.apply(id, { type: "granted", number: grant.number });
      const run = this.runs.get(id);
      if (!isTaken && run?.wish !== undefined && run.wish.number !== grant.number) {
        this.tell(group, run);
      } else if (told.length === 0) this.told.set(id, grant.number);
    }
    for (const { n, number } of told) this.apply(`${group} ${n}`, { type: "heard", number });
  }

  private wake(): void {
    this.alarmAt = undefined;
    this.turn(() => {
      const again = this.dealer.untold(
        this.now,
        ({ group, n, number }) => this.told.get(`${group} ${n}`) === number,
        3,
      );
      for (const holder of again) this.grant(holder);
      this.serve();
    });
    if (this.random.chance(0.3)) this.told.clear();
  }

  private serve(asking?: string): Holder[] {
    const wishes = new Map([...this.runs].map(([id, { wish }]) => [id, wish]));
    const served = this.dealer.serve(this.now, asking);
    for (const { group, n, number, key } of served) {
      // As `GrantCarrier.giveAnew`.
      this.told.delete(`${group} ${n}`);
      const wish = wishes.get(`${group} ${n}`);
      this.granted.push({ at: this.now, key, want: wish?.number === number ? wish.want : "stale" });
    }
    // No rate looks further back.
    const isOld = ({ at }: { readonly at: number }): boolean => at <= this.now - 20_000;
    while (this.granted[0] !== undefined && isOld(this.granted[0])) this.granted.shift();
    for (const holder of served) if (holder.group !== asking) this.grant(holder);
    return served.filter(({ group }) => group === asking);
  }

  private grant({ group, n, number }: Holder): void {
    this.send({ to: "group", group, told: [], granted: [{ n, number }] });
  }

  private turn<T>(verb: () => T): T {
    const result = verb();
    const next = this.dealer.nextTime(this.now);
    if (next !== undefined) this.alarmAt = Math.min(this.alarmAt ?? Infinity, Math.max(next, this.now + 1));
    return result;
  }

  get alarm(): number | undefined {
    return this.alarmAt;
  }
}

function dueOf({ state, wish }: Run): number {
  return Math.min(wish?.due ?? Infinity, "due" in state ? (state.due ?? Infinity) : Infinity);
}

/** Limits of all kinds, some of them together. */
export function someLimits(random: Random): QueueLimits {
  const maybe = (most: number): number | undefined => (random.chance(0.5) ? 1 + random.below(most) : undefined);
  const rate = (): Rate | undefined =>
    random.chance(0.3) ? { limit: 1 + random.below(4), periodMs: 1_000 * (1 + random.below(10)) } : undefined;
  const bounds = <T>(perKey: T | undefined, total: T | undefined) => ({
    ...(perKey === undefined ? {} : { perKey }),
    ...(total === undefined ? {} : { total }),
  });
  return {
    executing: bounds(maybe(2), maybe(4)),
    inFlight: bounds(maybe(3), maybe(6)),
    starts: bounds(rate(), rate()),
  };
}
