import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";

/**
 * A platform that can be killed and started again: on the same folder, port and key. Every other start sends dispatches
 * through the queue, as a deployment does; the others past it, as `npm start` does.
 */
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
    return new MortalPlatform(state, leaseSeconds, await launch(state, leaseSeconds, 0, "queue"));
  }

  /** kill -9, and up again. */
  async kill(): Promise<void> {
    this.kills += 1;
    await this.#current.kill();
    const port = Number(new URL(this.url).port);
    this.#current = await launch(this.#state, this.#leaseSeconds, port, this.kills % 2 === 0 ? "queue" : "direct");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current.stop();
    rmSync(this.#state, { recursive: true, force: true });
  }
}

function launch(state: string, leaseSeconds: number, port: number, dispatch: "queue" | "direct"): Promise<Platform> {
  const worker = new URL("worker.ts", import.meta.url).pathname;
  return startPlatform({ state, port, leaseSeconds, worker, vars: { RUNLET_DISPATCH: dispatch, ...WEBHOOK_SECRETS } });
}
