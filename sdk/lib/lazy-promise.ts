import { currentSurroundings } from "./pass-context.ts";
import type { Standpoint } from "./standpoint.ts";
import type { Stands } from "./stands.ts";

/** Where whoever has asked for a result stands by it. */
export interface Footing {
  readonly at: Standpoint;
  readonly stands: Stands;
}

interface Ask {
  readonly footing: Footing | undefined;
}

/**
 * A promise that asks its source only once someone asks it: `then`, `catch`, `finally` or `await`. Inside a task this
 * tells a wait that was begun from one that the code stands at; so the source is asked again each time until it has
 * settled, since whoever stood there before may have gone on without it. What `then` and its kind give asks it again, too.
 */
export class LazyPromise<T> extends Promise<T> {
  override readonly [Symbol.toStringTag]: string = "LazyPromise";
  readonly #start: () => PromiseLike<unknown>;
  #result: Promise<T> | undefined;
  #isSettled = false;
  /** An ask that nobody has taken up yet: whoever asks next stands there, and the source is not asked again for him. */
  #open: Ask | undefined;

  /** `start` asks the source; it is called again for as long as that has not settled. */
  constructor(start: () => PromiseLike<T>) {
    super(ignore);
    this.#start = start;
  }

  /** Of a source that was asked, by nobody in particular: `result` is to come of it, and `again` asks it once more. */
  static begun<T>(result: Promise<T>, footing: Footing | undefined, again: () => void): LazyPromise<T> {
    const begun = new LazyPromise<T>(() => {
      again();
      return result;
    });
    begun.#result = result;
    begun.#open = { footing };
    return begun;
  }

  /** What comes of it, as a promise of the language. Whoever calls stands there. */
  static ask<T>(promise: LazyPromise<T>): Promise<T> {
    return promise.#ask().result;
  }

  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#followedBy((result) => result.then(onFulfilled, onRejected));
  }

  override catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.#followedBy((result) => result.catch(onRejected));
  }

  override finally(onFinally?: (() => void) | null): Promise<T> {
    return this.#followedBy((result) => result.finally(onFinally));
  }

  #followedBy<U>(follow: (result: Promise<T>) => Promise<U>): LazyPromise<U> {
    const { result, footing } = this.#ask();
    return LazyPromise.begun(follow(result), footing, () => void this.#askSource());
  }

  #ask(): Ask & { readonly result: Promise<T> } {
    const [open, result] = [this.#open, this.#result];
    this.#open = undefined;
    open?.footing?.at.moveTo(open.footing.stands.here);
    if (result !== undefined && open !== undefined) return { result, ...open };
    const stands = currentSurroundings()?.pass?.stands;
    if (stands === undefined || this.#isSettled) return { result: this.#askSource(), footing: undefined };
    const asked = stands.apart(() => this.#askSource());
    return { result: asked.result, footing: { at: asked.at, stands } };
  }

  #askSource(): Promise<T> {
    if (this.#result === undefined) this.#result = this.#askFirst();
    else if (!this.#isSettled) void this.#start().then(ignore, ignore);
    return this.#result;
  }

  #askFirst(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      void this.#start().then(
        (value) => {
          this.#isSettled = true;
          resolve(value as T);
        },
        (reason: unknown) => {
          this.#isSettled = true;
          reject(reason instanceof Error ? reason : new Error(String(reason)));
        },
      );
    });
  }
}

function ignore(): void {
  // Whoever asked first hears of it.
}
