import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import { Newcomers } from "../core/newcomers.ts";
import { laneOf, LANES, QueueLine, RESUME, type Holder, type Lane, type Place } from "../core/queue-line.ts";
import { logEnd, withStart, type RateLog } from "../core/rate-log.ts";
import type { ToldWish } from "../core/wish.ts";
import type { QueueStore } from "../storage/queue-store.ts";
import type { QueueState } from "./queue-api.ts";
import { limitsNow, readSettings, type QueueSettings } from "./queue-settings.ts";

/**
 * How long a group may leave a slot unconfirmed before it is told of it again: so long at least, and at most twice as long,
 * since all that falls into one stretch of this length has one alarm, which looks at every holder.
 */
const TELL_AGAIN_MS = 5_000;
/**
 * The same for a slot that was given in answer to a wish. A group tells its wish until it has an answer, so what is left are
 * wishes that were not its own any more when they came.
 */
const DOUBT_MS = 60_000;
/** How often logs of which nothing counts any more are looked for, which takes a look at each. */
const SWEEP_MS = 600_000;
/** Slots that one turn gives; the alarm comes for the rest at once. */
const MOST_A_TURN = 10_000;
/** Of a lane so many are counted at once; there may be more. */
const MOST_COUNTED = 1_000;
/** Logs of rates that are kept in memory, of some kilobytes each. */
const MAX_LOGS = 1_000;

/**
 * Gives the slots of one queue to those who wait for them, and takes them back: the verbs of its object, over its store.
 * All of what a call changes is one transaction. A slot is given to a wish; the group of the run knows whether that is
 * still its wish, so a slot that it does not confirm is offered again, and one that it has no use for is taken back by the
 * wish with which it answers.
 */
export class SlotDealer {
  readonly line: QueueLine;
  readonly settings: QueueSettings;
  private readonly store: QueueStore;
  private readonly base: QueueLimits;
  private readonly newcomers = new Newcomers();
  private readonly logs = new Map<string, RateLog>();
  /** Logs that the turn under way has added to: each is written once, at its end. */
  private readonly begun = new Map<string, { readonly log: RateLog; readonly over: number }>();
  /** Lanes in which more may stand than `line` knows. */
  private readonly longLanes = new Set<string>();
  /** The earliest time at which a group is to be told again. */
  private untoldAt: number;
  private sweepAt = 0;
  /** There may be room for more than one turn could give. */
  private isBehind = false;

  /** `begin`: see `QueueLine`. */
  constructor(store: QueueStore, base: QueueLimits, begin = 0) {
    this.store = store;
    this.base = base;
    this.settings = readSettings(store);
    const counts = store.counts(MOST_COUNTED);
    for (const { key, lane, count } of counts.line) if (count >= MOST_COUNTED) this.longLanes.add(laneName(key, lane));
    this.line = new QueueLine(limitsNow(base, this.settings), counts, begin);
    this.untoldAt = store.nextUntold() ?? Infinity;
  }

  /**
   * Takes the wish of a run. True when it has the slot that it wants already. `serve` has to follow in the same turn: who gets
   * no slot in it is written down then.
   */
  hear(group: string, { n, number, want, key, rank }: ToldWish, now: number): boolean {
    const held = this.store.holder(group, n);
    if (held !== undefined && held.number >= number) return held.number === number && held.hasSlot;
    const place = { rank, group, n };
    const standing = this.standing(key, place);
    if (standing.some((one) => one.number >= number)) return false;
    for (const { lane } of standing) this.leave(key, lane, place);
    switch (want) {
      case "nothing":
        this.free(held);
        return false;
      case "place":
        // One that holds nothing is over: this came late.
        if (held !== undefined) this.keepPlace({ ...held, number });
        return false;
      case "resume":
        // It gave its slot back, and nobody has heard of it: it goes on with it.
        if (held?.hasSlot === true) {
          this.hold({ ...held, number }, tellAgainAt(now, TELL_AGAIN_MS));
          return true;
        }
        break;
      case "retry":
        if (held?.hasSlot === true) this.keepPlace(held);
        break;
      case "start":
        this.free(held);
        break;
    }
    const lane = laneOf(want);
    this.newcomers.join(key, lane, { ...place, number });
    this.line.join(key, lane);
    return false;
  }

  /** Gives slots to those whose turn it is, as far as there is room. The group that is `asking` is answered with its own. */
  serve(now: number, asking?: string): Holder[] {
    const granted = this.settings.isPaused ? [] : this.grantAll(now, asking);
    this.newcomers.settle((key, lane, one) => this.store.join(key, lane, one, one.number));
    this.writeLogs();
    return granted;
  }

  private grantAll(now: number, asking: string | undefined): Holder[] {
    const granted: Holder[] = [];
    this.line.passTime(now);
    const logs = (key: string | undefined): RateLog => this.log(key);
    for (let turn = this.line.next(logs, now); turn !== undefined; turn = this.line.next(logs, now)) {
      granted.push(this.grant(turn.key, turn.lane, now, asking));
      if (granted.length === MOST_A_TURN) break;
    }
    this.isBehind = granted.length === MOST_A_TURN;
    return granted;
  }

  /** Slots of which it is not known, by now, that their groups know of them. They are to be told again later, too. */
  untold(now: number, isTold: (holder: Holder) => boolean, limit: number): Holder[] {
    if (this.sweepAt <= now) {
      this.store.forgetRates(now);
      this.sweepAt = now + SWEEP_MS;
    }
    if (this.untoldAt > now) return [];
    const due = this.store.untold(now, limit);
    const again = due.filter((holder) => !isTold(holder));
    for (const holder of due) this.store.hold(holder, isTold(holder) ? undefined : tellAgainAt(now, TELL_AGAIN_MS));
    this.untoldAt = this.store.nextUntold() ?? Infinity;
    return again;
  }

  /** When the alarm must come; undefined when nothing depends on time. */
  nextTime(now: number): number | undefined {
    if (this.isBehind && !this.settings.isPaused) return now;
    const pace = this.settings.isPaused ? undefined : this.line.nextTime(now);
    const next = Math.min(this.untoldAt, pace ?? Infinity);
    return Number.isFinite(next) ? next : undefined;
  }

  describe(): QueueState {
    const { concurrencyLimit, overriddenAt: at, isPaused } = this.settings;
    return {
      running: this.line.executing,
      queued: this.longLanes.size === 0 ? this.line.queued : this.store.lineCount(),
      isPaused,
      ...(concurrencyLimit === undefined || at === undefined ? {} : { override: { concurrencyLimit, at } }),
    };
  }

  private grant(key: string, lane: Lane, now: number, asking: string | undefined): Holder {
    const place = this.newcomers.first(key, lane, this.store.first(key, lane));
    if (place === undefined)
      throw new Error(`Nobody stands in lane ${lane} of the key "${key}", where one is counted.`);
    const { group, n, number } = place;
    const isAnswered = group === asking && this.newcomers.numberAt(key, lane, place) !== undefined;
    this.leave(key, lane, place);
    const hadPlace = this.store.holder(group, n) !== undefined;
    this.line.hold(key, 1, hadPlace ? 0 : 1);
    this.line.endTurn(key);
    const holder = { group, n, number, key, hasSlot: true };
    this.hold(holder, tellAgainAt(now, isAnswered ? DOUBT_MS : TELL_AGAIN_MS));
    if (lane !== RESUME) this.noteStart(key, now);
    return holder;
  }

  private noteStart(key: string, now: number): void {
    const { total, perKey } = this.line.limits.starts;
    if (total !== undefined) this.keepLog(undefined, withStart(this.log(undefined), total, now), total);
    if (perKey !== undefined) this.keepLog(key, withStart(this.log(key), perKey, now), perKey);
  }

  private keepLog(key: string | undefined, log: RateLog, rate: Parameters<typeof logEnd>[1]): void {
    const name = logName(key);
    this.logs.set(name, log);
    this.begun.set(name, { log, over: logEnd(log, rate) });
    if (this.begun.size >= MAX_LOGS) this.writeLogs();
  }

  private writeLogs(): void {
    for (const [name, { log, over }] of this.begun) this.store.writeRateLog(name, log, over);
    this.begun.clear();
  }

  private log(key: string | undefined): RateLog {
    const name = logName(key);
    const known = this.begun.get(name)?.log ?? this.logs.get(name);
    if (known !== undefined) return known;
    if (this.logs.size >= MAX_LOGS) this.logs.clear();
    const log = this.store.rateLog(name);
    this.logs.set(name, log);
    return log;
  }

  private hold(holder: Holder, due: number): void {
    this.untoldAt = Math.min(this.untoldAt, due);
    this.store.hold(holder, due);
  }

  /** It stays in flight without a slot, where those in flight are counted. */
  private keepPlace(held: Holder): void {
    const { perKey, total } = this.base.inFlight;
    if (perKey === undefined && total === undefined) return this.free(held);
    this.store.hold({ ...held, hasSlot: false }, undefined);
    if (held.hasSlot) this.line.hold(held.key, -1, 0);
  }

  private free(held: Holder | undefined): void {
    if (held === undefined) return;
    this.store.letGo(held.group, held.n);
    this.line.hold(held.key, held.hasSlot ? -1 : 0, -1);
  }

  /** Where the run stands in line, in which lanes and with which wishes. */
  private standing(key: string, place: Place): { readonly lane: Lane; readonly number: number }[] {
    const here = LANES.flatMap((lane) => {
      const number = this.newcomers.numberAt(key, lane, place);
      return number === undefined ? [] : [{ lane, number }];
    });
    return [...this.store.standing(key, place), ...here];
  }

  private leave(key: string, lane: Lane, place: Place): void {
    if (!this.newcomers.leave(key, lane, place)) this.store.leave(key, lane, place);
    if (this.line.leave(key, lane) > 0 || !this.longLanes.has(laneName(key, lane))) return;
    const count = this.store.laneCount(key, lane, MOST_COUNTED);
    if (count < MOST_COUNTED) this.longLanes.delete(laneName(key, lane));
    if (count > 0) this.line.join(key, lane, count);
  }
}

function laneName(key: string, lane: Lane): string {
  return `${lane} ${key}`;
}

function tellAgainAt(now: number, afterMs: number): number {
  return Math.ceil(now / afterMs + 1) * afterMs;
}

/** All keys together have a log beside theirs. */
function logName(key: string | undefined): string {
  return key === undefined ? "total" : `key:${key}`;
}
