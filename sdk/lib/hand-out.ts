import { asError } from "./errors.ts";
import type { Seen } from "./journal.ts";
import { compareSeen } from "./seen-order.ts";

interface Due {
  readonly seen: Seen;
  readonly key: string;
  readonly give: () => void;
}

/**
 * Results that are known and asked for, given out one at a time in the order in which the run has first seen them. The
 * caller gives the next one only when the code has come to rest after the one before: so a replay, which knows more,
 * repeats what the passes before it did, and only then goes further.
 */
export class HandOut {
  /** The next one is the last. */
  private readonly waiting: Due[] = [];

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Settles with what `value` gives or throws, when its turn has come. */
  add<T>(key: string, seen: Seen, value: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const give = (): void => {
        try {
          resolve(value());
        } catch (error) {
          reject(asError(error));
        }
      };
      this.insert({ key, seen, give });
    });
  }

  private insert(due: Due): void {
    let low = 0;
    let high = this.waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.waiting[middle];
      if (other !== undefined && compareSeen(other, due) > 0) low = middle + 1;
      else high = middle;
    }
    this.waiting.splice(low, 0, due);
  }

  giveNext(): boolean {
    const next = this.waiting.pop();
    next?.give();
    return next !== undefined;
  }
}
