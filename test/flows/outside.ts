import { inject } from "vitest";
import type { Answer, Told } from "../support/tasks-outside.ts";

/**
 * The world outside the platform: tasks tell it what they do. It counts, and on demand holds or refuses the answer, so
 * that a test decides when a task goes on and whether it fails. It outlives the platform: while that is down it keeps
 * what it has counted, and asks on.
 */
export class Outside implements AsyncDisposable {
  /** What tasks are given to find it by. */
  readonly name: string;
  /** What was told, in order of arrival, and when (ms). */
  readonly told: { readonly what: string; readonly at: number }[] = [];
  readonly #url: () => string;
  readonly #closing = new AbortController();
  readonly #held = new Map<string, string[]>();
  readonly #refusals = new Map<string, number>();
  readonly #watchers = new Set<() => void>();
  readonly #listening: Promise<void>;
  #answers: Answer[] = [];

  /** `url` is asked each time, since a platform that was started again has another address. */
  constructor(url: () => string = () => inject("platform").url, name: string = crypto.randomUUID()) {
    this.name = name;
    this.#url = url;
    this.#listening = this.#listen();
  }

  count(what: string): number {
    return this.told.filter((one) => one.what === what).length;
  }

  /** When it was told, each time. */
  times(what: string): number[] {
    return this.told.flatMap((one) => (one.what === what ? [one.at] : []));
  }

  /** How often each thing was told. */
  get tally(): Readonly<Record<string, number>> {
    const tally: Record<string, number> = {};
    for (const { what } of this.told) tally[what] = (tally[what] ?? 0) + 1;
    return tally;
  }

  /** Resolves once `what` has been told `times` times. */
  reached(what: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.count(what) < times) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** From now on, who tells one of these gets no answer before `release`. */
  hold(...names: readonly string[]): void {
    for (const what of names) this.#held.set(what, this.#held.get(what) ?? []);
  }

  release(...names: readonly string[]): void {
    for (const what of names) {
      const waiting = this.#held.get(what) ?? [];
      this.#held.delete(what);
      for (const id of waiting) this.#answer(what, id);
    }
  }

  /** The next `times` answers to `what` are refusals. */
  refuse(what: string, times = Number.POSITIVE_INFINITY): void {
    this.#refusals.set(what, times);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#listening;
  }

  async #listen(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        for (const told of await this.#exchange([], 1_000)) this.#hear(told);
      } catch {
        // The platform is down, or this is closing.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  #hear({ id, what }: Told): void {
    this.told.push({ what, at: performance.now() });
    const held = this.#held.get(what);
    if (held === undefined) this.#answer(what, id);
    else held.push(id);
    for (const look of [...this.#watchers]) look();
  }

  #answer(what: string, id: string): void {
    const refusals = this.#refusals.get(what) ?? 0;
    if (refusals > 0) this.#refusals.set(what, refusals - 1);
    this.#answers.push({ id, ok: refusals === 0 });
    if (this.#answers.length === 1) queueMicrotask(() => void this.#sendAnswers());
  }

  async #sendAnswers(): Promise<void> {
    const answers = this.#answers;
    this.#answers = [];
    try {
      for (const told of await this.#exchange(answers, 0)) this.#hear(told);
    } catch {
      // The platform is down, and who waits for these answers with it.
    }
  }

  async #exchange(answers: readonly Answer[], wait: number): Promise<Told[]> {
    const response = await fetch(`${this.#url()}/outside/${this.name}?wait=${wait}`, {
      method: "POST",
      body: JSON.stringify(answers),
      signal: this.#closing.signal,
    });
    return response.json<Told[]>();
  }
}
