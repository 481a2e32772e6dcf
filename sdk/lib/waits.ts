import { digestOf, TIME_DIGEST } from "./digest.ts";
import { reviveError, RunletError } from "./errors.ts";
import type { Claim, JournalEntry, NewWait, Outcome, RunOutcome, StoredOptions } from "./journal.ts";
import type { Packet } from "./packet.ts";
import type { UnplacedItem } from "./pass-context.ts";
import type { PassDoor } from "./pass-door.ts";
import type { Remembered } from "./remembered.ts";
import { resolveItems } from "./resolve-items.ts";
import type { Stand } from "./stand.ts";

/**
 * What a call that waits comes to: what the journal has of it, a value that needs no waiting, or something that the code can
 * stand at. `isNew`: the journal does not have it yet.
 */
export type Wait<T> =
  | { readonly known: JournalEntry; readonly value: () => T }
  | { readonly over: T }
  | { readonly stand: Stand; readonly isNew?: NewWait | undefined };

/** Waits under the keys that a pass chooses. The methods throw what `Remembered.find` throws. */
export class Waits {
  private readonly attempt: number;
  private readonly door: Pick<PassDoor, "resolve">;
  private readonly remembered: Remembered;

  constructor({ attempt }: Pick<Claim, "attempt">, door: Pick<PassDoor, "resolve">, remembered: Remembered) {
    this.attempt = attempt;
    this.door = door;
    this.remembered = remembered;
  }

  /** Throws a `RunletApiError` 404 for a task that is not there. */
  run(key: string, task: string, payload: Packet, given: StoredOptions): Wait<RunOutcome> {
    const digest = digestOf([{ task, payload, options: given }]);
    const entry = this.remembered.find(key, digest);
    const settled = entry?.kind === "run" ? entry.settled : undefined;
    if (entry !== undefined && settled !== undefined) return { known: entry, value: () => settled };
    const isShared = given.idempotencyKey !== undefined || given.debounce !== undefined;
    const stand: Stand = { kind: "run", key, task, madeIn: entry?.attempt ?? this.attempt, isShared };
    if (entry !== undefined) return { stand };
    const options = this.door.resolve(task, given);
    return { stand, isNew: { kind: "run", key, digest, task, payload, options } };
  }

  batch(key: string, items: readonly UnplacedItem[]): Wait<{ id: string; runs: readonly RunOutcome[] }> {
    const digest = digestOf(items);
    const entry = this.remembered.find(key, digest);
    if (entry?.kind === "batch" && entry.settled !== undefined) {
      const { id, settled: runs, error } = entry;
      const value = () => {
        if (error !== undefined) throw reviveError(error);
        return { id, runs };
      };
      return { known: entry, value };
    }
    const runCount = items.length;
    const stand: Stand = { kind: "batch", key, runCount, madeIn: entry?.attempt ?? this.attempt };
    if (entry !== undefined) return { stand };
    const resolved = resolveItems(items, (task, options) => this.door.resolve(task, options));
    return { stand, isNew: { kind: "batch", key, digest, runCount, items: resolved } };
  }

  /**
   * Throws a `RunletError` for a time that has passed where that is refused, which only a wait that is new can be: one that was
   * waited for has always passed.
   */
  time(key: string, until: number, { isPastRefused }: TimeRule): Wait<void> {
    const entry = this.remembered.find(key, TIME_DIGEST);
    if (entry?.kind === "time" && entry.settled) return { known: entry, value: () => undefined };
    const stand: Stand = { kind: "time", key, until };
    if (entry !== undefined) return { stand };
    const now = Date.now();
    if (isPastRefused) refuseBefore(now, until);
    if (until <= now) return { over: undefined };
    return { stand, isNew: { kind: "time", key, digest: TIME_DIGEST, until } };
  }

  token(key: string, id: string): Wait<Outcome> {
    const entry = this.remembered.find(key, id);
    const settled = entry?.kind === "token" ? entry.settled : undefined;
    if (entry !== undefined && settled !== undefined) return { known: entry, value: () => settled };
    const stand: Stand = { kind: "token", key, id };
    return entry === undefined ? { stand, isNew: { kind: "token", key, digest: id, token: id } } : { stand };
  }
}

/** Whether a time may have passed when its wait is new. */
export interface TimeRule {
  readonly isPastRefused: boolean;
}

/** Throws a `RunletError` for a time before `now`, both in milliseconds since 1970. */
export function refuseBefore(now: number, time: number): void {
  if (time < now) throw new RunletError(`wait.until({ date }): ${new Date(time).toISOString()} has passed.`);
}
