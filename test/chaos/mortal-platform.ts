import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatform, type Platform } from "../../scripts/platform.ts";

/** A platform that can be killed and started again: on the same folder, port and key. */
export class MortalPlatform implements AsyncDisposable {
  readonly url: string;
  readonly key: string;
  kills = 0;
  readonly #state: string;
  readonly #leaseSeconds: number;
  #current: Platform;

  private constructor(state: string, leaseSeconds: number, first: Platform) {
    this.#state = state;
    this.#leaseSeconds = leaseSeconds;
    this.#current = first;
    this.url = first.url;
    this.key = first.key;
  }

  static async start(leaseSeconds: number): Promise<MortalPlatform> {
    const state = mkdtempSync(join(tmpdir(), "runlet-chaos-"));
    return new MortalPlatform(state, leaseSeconds, await launch(state, leaseSeconds, 0));
  }

  /** kill -9, and up again. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.#current.kill();
    this.#current = await launch(this.#state, this.#leaseSeconds, Number(new URL(this.url).port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current.stop();
    rmSync(this.#state, { recursive: true, force: true });
  }
}

function launch(state: string, leaseSeconds: number, port: number): Promise<Platform> {
  return startPlatform({ state, port, leaseSeconds, worker: new URL("worker.ts", import.meta.url).pathname });
}
