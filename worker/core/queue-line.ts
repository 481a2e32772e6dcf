/**
 * Who may have a slot next. It counts who waits and who holds what, by key, and asks for as much; where they stand is
 * stored outside. Invariants, cited by the tests:
 *
 * 1. No key, nor all of them together, hold more than the limits allow.
 * 2. What can go on goes on: whenever there is room, the keys that wait take turns in it, whatever their runs wait for.
 * 3. No work that grows with the number of keys or of those who wait.
 * 4. No clock, randomness or I/O here.
 */
import TinyQueue from "tinyqueue";
import type { QueueLimits, Rate } from "../../sdk/lib/queue-limits.ts";
import { nextStart, type RateLog } from "./rate-log.ts";
import type { Want } from "./wish.ts";

/** Of one key, who goes on comes before who tries again, and both before who has not started. */
export type Lane = 0 | 1 | 2;
export const RESUME = 0;
const RETRY = 1;
const START = 2;
export const LANES: readonly Lane[] = [RESUME, RETRY, START];

/** Where a run stands in its lane: by rank, and then by its path. */
export interface Place {
  readonly rank: number;
  readonly group: string;
  readonly n: string;
}

/** A run that has a slot, or a place among those in flight alone. */
export interface Holder {
  readonly group: string;
  readonly n: string;
  /** That of the wish it was given for. */
  readonly number: number;
  readonly key: string;
  readonly hasSlot: boolean;
}

export interface QueueCounts {
  readonly line: readonly { readonly key: string; readonly lane: Lane; readonly count: number }[];
  readonly holders: readonly { readonly key: string; readonly executing: number; readonly inFlight: number }[];
}

/** What has begun: of a key, or of all together. */
export type RateLogs = (key: string | undefined) => RateLog;

interface KeyState {
  executing: number;
  inFlight: number;
  readonly waiting: [number, number, number];
  /** Grows from one turn to the next, of whichever key. A new key comes last. */
  lastTurn: number;
}

export function laneOf(want: Want & ("start" | "retry" | "resume")): Lane {
  if (want === "resume") return RESUME;
  return want === "retry" ? RETRY : START;
}

export class QueueLine {
  readonly limits: QueueLimits;
  executing = 0;
  inFlight = 0;
  queued = 0;
  private readonly keys = new Map<string, KeyState>();
  /** By lane: the keys that may have their turn, the next one first. One that is missing waits for room of its own. */
  private readonly turns: readonly [Set<string>, Set<string>, Set<string>] = [new Set(), new Set(), new Set()];
  private turnsHad = 0;
  /** Keys of which nothing begins before a time, and which will be looked at then. */
  private readonly pacedUntil = new Map<string, number>();
  private readonly paced = new TinyQueue<{ readonly until: number; readonly key: string }>(
    [],
    (a, b) => a.until - b.until,
  );
  private allPacedUntil = 0;

  /**
   * `begin`: at which of the keys the turns begin. It is to be another number each time, so that no key is always the first
   * one where a queue is loaded for each of its turns.
   */
  constructor(limits: QueueLimits, { line, holders }: QueueCounts, begin = 0) {
    this.limits = limits;
    const firsts = line.flatMap(({ key }, i) => (line[i - 1]?.key === key ? [] : [i]));
    const first = firsts[begin % firsts.length] ?? 0;
    for (const { key, lane, count } of [...line.slice(first), ...line.slice(0, first)]) this.join(key, lane, count);
    for (const { key, executing, inFlight } of holders) this.hold(key, executing, inFlight);
  }

  join(key: string, lane: Lane, count = 1): void {
    this.state(key).waiting[lane] += count;
    this.queued += count;
    this.turns[lane].add(key);
  }

  /** One less is in the lane. How many are left. */
  leave(key: string, lane: Lane): number {
    const state = this.state(key);
    state.waiting[lane] -= 1;
    this.queued -= 1;
    if (state.waiting[lane] === 0) this.turns[lane].delete(key);
    this.forget(key, state);
    return state.waiting[lane];
  }

  /** So many slots and places more, or fewer. What becomes free makes it the turn of the key. */
  hold(key: string, slots: number, places: number): void {
    const state = this.state(key);
    state.executing += slots;
    state.inFlight += places;
    this.executing += slots;
    this.inFlight += places;
    if (slots < 0 || places < 0) this.giveTurn(key, state);
    this.forget(key, state);
  }

  /** The key whose turn it is, and the lane whose first may go; undefined when nobody may. */
  next(logs: RateLogs, now: number): { readonly key: string; readonly lane: Lane } | undefined {
    const { executing, inFlight, starts } = this.limits;
    if (this.executing >= (executing.total ?? Infinity)) return undefined;
    const mayBegin = this.turns[RETRY].size + this.turns[START].size > 0 && !this.isPaced(starts.total, logs, now);
    const mayStart = mayBegin && this.inFlight < (inFlight.total ?? Infinity);
    let next: { readonly key: string; readonly lane: Lane; readonly lastTurn: number } | undefined;
    for (const lane of LANES) {
      if (lane === START ? !mayStart : lane === RETRY && !mayBegin) continue;
      const first = this.first(lane, logs, now);
      if (first !== undefined && first.lastTurn < (next?.lastTurn ?? Infinity)) next = { ...first, lane };
    }
    return next;
  }

  /** It has had its turn: it comes last now. */
  endTurn(key: string): void {
    this.turnsHad += 1;
    this.state(key).lastTurn = this.turnsHad;
    for (const turns of this.turns) if (turns.delete(key)) turns.add(key);
  }

  /** Keys that were to begin nothing before now have their turn. */
  passTime(now: number): void {
    for (let first = this.firstPaced(); first !== undefined && first.until <= now; first = this.firstPaced()) {
      this.paced.pop();
      this.pacedUntil.delete(first.key);
      this.giveTurn(first.key, this.state(first.key));
    }
  }

  /** When something may begin that may not now, if only time is missing. */
  nextTime(now: number): number | undefined {
    if (this.queued === 0) return undefined;
    const times = [this.firstPaced()?.until ?? Infinity, this.allPacedUntil > now ? this.allPacedUntil : Infinity];
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  /** The first key of a lane that has room of its own. One that has none is given its turn again when it may have. */
  private first(lane: Lane, logs: RateLogs, now: number): { key: string; lastTurn: number } | undefined {
    const { executing, inFlight } = this.limits;
    for (const key of this.turns[lane]) {
      const state = this.state(key);
      const isFull =
        state.executing >= (executing.perKey ?? Infinity) ||
        (lane === START && state.inFlight >= (inFlight.perKey ?? Infinity));
      if (!isFull && (lane === RESUME || !this.isKeyPaced(key, logs, now))) return { key, lastTurn: state.lastTurn };
      this.turns[lane].delete(key);
    }
    return undefined;
  }

  /** The first of which something still waits for the time. */
  private firstPaced(): { readonly until: number; readonly key: string } | undefined {
    for (let first = this.paced.peek(); first !== undefined; first = this.paced.peek()) {
      const [, retry, start] = this.keys.get(first.key)?.waiting ?? [0, 0, 0];
      if (retry + start > 0) return first;
      this.paced.pop();
      this.pacedUntil.delete(first.key);
    }
    return undefined;
  }

  private isPaced(rate: Rate | undefined, logs: RateLogs, now: number): boolean {
    if (rate === undefined) return false;
    this.allPacedUntil = nextStart(logs(undefined), rate, now);
    return this.allPacedUntil > now;
  }

  private isKeyPaced(key: string, logs: RateLogs, now: number): boolean {
    const rate = this.limits.starts.perKey;
    if (rate === undefined) return false;
    const until = nextStart(logs(key), rate, now);
    if (until <= now) return false;
    // Once for each key, however often it is looked at.
    if (!this.pacedUntil.has(key)) this.paced.push({ until, key });
    this.pacedUntil.set(key, until);
    return true;
  }

  private giveTurn(key: string, state: KeyState): void {
    for (const lane of LANES) if (state.waiting[lane] > 0) this.turns[lane].add(key);
  }

  private state(key: string): KeyState {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    this.turnsHad += 1;
    const state: KeyState = { executing: 0, inFlight: 0, waiting: [0, 0, 0], lastTurn: this.turnsHad };
    this.keys.set(key, state);
    return state;
  }

  private forget(key: string, { executing, inFlight, waiting }: KeyState): void {
    if (executing === 0 && inFlight === 0 && waiting.every((count) => count === 0)) this.keys.delete(key);
  }
}
