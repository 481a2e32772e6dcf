/**
 * Who may have a slot next. It counts who waits and who holds what, by key, and asks for as much; where they stand is
 * stored outside. Invariants, cited by the tests:
 *
 * 1. No key, nor all of them together, hold more than the limits allow.
 * 2. What can go on goes on: whenever there is room, the keys that wait take turns in it.
 * 3. No work that grows with the number of keys or of those who wait.
 * 4. No clock, randomness or I/O here.
 */
import TinyQueue from "tinyqueue";
import type { QueueLimits, Rate } from "../../sdk/lib/queue-limits.ts";
import { nextStart, type RateLog } from "./rate-log.ts";
import type { Want } from "./wish.ts";

/** Who goes on comes before who tries again, and both before who has not started. */
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
  /** Nothing begins before this time, and it will be looked at then. */
  pacedUntil: number;
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
  private readonly paced = new TinyQueue<{ readonly until: number; readonly key: string }>(
    [],
    (a, b) => a.until - b.until,
  );
  private allPacedUntil = 0;

  constructor(limits: QueueLimits, counts: QueueCounts) {
    this.limits = limits;
    for (const { key, lane, count } of counts.line) this.join(key, lane, count);
    for (const { key, executing, inFlight } of counts.holders) this.hold(key, executing, inFlight);
  }

  join(key: string, lane: Lane, count = 1): void {
    this.state(key).waiting[lane] += count;
    this.queued += count;
    this.turns[lane].add(key);
  }

  leave(key: string, lane: Lane): void {
    const state = this.state(key);
    state.waiting[lane] -= 1;
    this.queued -= 1;
    this.forget(key, state);
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

  /** The key whose first in this lane may go; undefined when nobody may. It is not its turn again until it is given one. */
  next(lane: Lane, logs: RateLogs, now: number): string | undefined {
    if (this.turns[lane].size === 0) return undefined;
    const { executing, inFlight, starts } = this.limits;
    if (this.executing >= (executing.total ?? Infinity)) return undefined;
    if (lane === START && this.inFlight >= (inFlight.total ?? Infinity)) return undefined;
    if (lane !== RESUME && this.isPaced(starts.total, logs, now)) return undefined;
    for (const key of this.turns[lane]) {
      this.turns[lane].delete(key);
      const state = this.keys.get(key);
      if (state === undefined || state.waiting[lane] === 0) continue;
      if (state.executing >= (executing.perKey ?? Infinity)) continue;
      if (lane === START && state.inFlight >= (inFlight.perKey ?? Infinity)) continue;
      if (lane !== RESUME && this.isKeyPaced(key, state, logs, now)) continue;
      return key;
    }
    return undefined;
  }

  /** It has had its turn: it comes last now, if more of it wait. */
  endTurn(key: string, lane: Lane): void {
    if ((this.keys.get(key)?.waiting[lane] ?? 0) > 0) this.turns[lane].add(key);
  }

  /** Keys that were to begin nothing before now have their turn. */
  passTime(now: number): void {
    for (let first = this.paced.peek(); first !== undefined && first.until <= now; first = this.paced.peek()) {
      this.paced.pop();
      const state = this.keys.get(first.key);
      if (state !== undefined) this.giveTurn(first.key, state);
    }
  }

  /** When something may begin that may not now, if only time is missing. */
  nextTime(now: number): number | undefined {
    if (this.queued === 0) return undefined;
    const times = [this.paced.peek()?.until ?? Infinity, this.allPacedUntil > now ? this.allPacedUntil : Infinity];
    const next = Math.min(...times);
    return Number.isFinite(next) ? next : undefined;
  }

  private isPaced(rate: Rate | undefined, logs: RateLogs, now: number): boolean {
    if (rate === undefined) return false;
    this.allPacedUntil = nextStart(logs(undefined), rate, now);
    return this.allPacedUntil > now;
  }

  private isKeyPaced(key: string, state: KeyState, logs: RateLogs, now: number): boolean {
    const rate = this.limits.starts.perKey;
    if (rate === undefined) return false;
    const until = nextStart(logs(key), rate, now);
    if (until <= now) return false;
    if (state.pacedUntil !== until) this.paced.push({ until, key });
    state.pacedUntil = until;
    return true;
  }

  private giveTurn(key: string, state: KeyState): void {
    for (const lane of LANES) if (state.waiting[lane] > 0) this.turns[lane].add(key);
  }

  private state(key: string): KeyState {
    const known = this.keys.get(key);
    if (known !== undefined) return known;
    const state: KeyState = { executing: 0, inFlight: 0, waiting: [0, 0, 0], pacedUntil: 0 };
    this.keys.set(key, state);
    return state;
  }

  private forget(key: string, { executing, inFlight, waiting }: KeyState): void {
    if (executing === 0 && inFlight === 0 && waiting.every((count) => count === 0)) this.keys.delete(key);
  }
}
