import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * The world outside the platform: a server that tasks tell what they do. It counts, and on demand holds or refuses the
 * answer, so that a test decides when a task goes on and whether it fails.
 */
export class Outside implements AsyncDisposable {
  readonly url: string;
  /** What was told, in order of arrival, and when (ms). */
  readonly told: { readonly what: string; readonly at: number }[] = [];
  readonly #server: ReturnType<typeof createServer>;
  readonly #held = new Map<string, ServerResponse[]>();
  readonly #refusals = new Map<string, number>();
  readonly #watchers = new Set<() => void>();

  private constructor(server: ReturnType<typeof createServer>) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      request.resume();
      this.#hear(decodeURIComponent((request.url ?? "/").slice(1)), response);
    });
  }

  static async open(): Promise<Outside> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Outside(server);
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

  /** From now on, who tells `what` gets no answer before `release`. */
  hold(...names: readonly string[]): void {
    for (const what of names) this.#held.set(what, this.#held.get(what) ?? []);
  }

  release(...names: readonly string[]): void {
    for (const what of names) {
      const waiting = this.#held.get(what) ?? [];
      this.#held.delete(what);
      for (const response of waiting) this.#answer(what, response);
    }
  }

  /** The next `times` answers to `what` are refusals. */
  refuse(what: string, times = Number.POSITIVE_INFINITY): void {
    this.#refusals.set(what, times);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hear(what: string, response: ServerResponse): void {
    this.told.push({ what, at: performance.now() });
    const held = this.#held.get(what);
    if (held === undefined) this.#answer(what, response);
    else held.push(response);
    for (const look of [...this.#watchers]) look();
  }

  #answer(what: string, response: ServerResponse): void {
    const refusals = this.#refusals.get(what) ?? 0;
    if (refusals > 0) this.#refusals.set(what, refusals - 1);
    response.writeHead(refusals > 0 ? 503 : 200).end();
  }
}
