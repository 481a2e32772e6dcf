import { NonDeterministicError } from "./errors.ts";
import type { Claim, JournalEntry } from "./journal.ts";

/** What the journal has for the calls of a pass: of each key the entry of the latest attempt. */
export class Remembered {
  private readonly attempt: number;
  private readonly entries = new Map<string, JournalEntry>();
  /** Tokens that waits of earlier attempts have failed at. */
  private readonly failed: ReadonlySet<string>;

  constructor({ attempt, attemptStartedAt, journal }: Pick<Claim, "attempt" | "attemptStartedAt" | "journal">) {
    this.attempt = attempt;
    this.failed = new Set(
      journal.flatMap((entry) =>
        entry.kind === "token" && entry.settled?.ok === false && isPast(entry, attempt, attemptStartedAt)
          ? [entry.id]
          : [],
      ),
    );
    for (const entry of journal) {
      const known = this.entries.get(entry.key);
      if (known === undefined || known.attempt < entry.attempt) this.entries.set(entry.key, entry);
    }
  }

  /** Whether a wait for this token had failed before the attempt began. */
  hasFailed(token: string): boolean {
    return this.failed.has(token);
  }

  /**
   * The entry under the key, if it is of what is asked for now. What an earlier attempt asked for does not bind this
   * one; throws a `NonDeterministicError` where this attempt asked for something else.
   */
  find(key: string, digest: string): JournalEntry | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || entry.digest === digest) return entry;
    if (entry.attempt !== this.attempt) return undefined;
    throw new NonDeterministicError(
      `The call ${key} asks for something else than it did in an earlier pass of this attempt (fingerprint ${digest} ` +
        `now, ${entry.digest} then). A task is replayed from the top after each wait, so its calls must be the same each ` +
        `time: take times, random values and what is read from outside into step.run().`,
    );
  }
}

/** Whether an attempt has nothing to do with the failure of an entry. What a replay has brought along is borne by its first one. */
function isPast({ attempt: madeIn, seen }: JournalEntry, attempt: number, startedAt: number): boolean {
  return attempt > Math.max(1, madeIn) && seen !== undefined && seen.at <= startedAt;
}
