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
  readonly #worker: string;
  #current: Platform;

  private constructor(state: string, leaseSeconds: number, worker: string, first: Platform) {
    this.#state = state;
    this.#leaseSeconds = leaseSeconds;
    this.#worker = worker;
    this.#current = first;
    this.url = first.url;
    this.key = first.key;
  }

  /** `worker`: a file beside this one. */
  static async start(leaseSeconds: number, worker = "worker.ts"): Promise<MortalPlatform> {
    const state = mkdtempSync(join(tmpdir(), "runlet-chaos-"));
    const first = await launch(state, { leaseSeconds, worker, port: 0, dispatch: "queue" });
    return new MortalPlatform(state, leaseSeconds, worker, first);
  }

  /** kill -9, and up again: at once, or at a time (ms). */
  async kill({ until = 0 }: { readonly until?: number } = {}): Promise<void> {
    this.kills += 1;
    await this.#current.kill();
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, until - Date.now())));
    this.#current = await launch(this.#state, {
      leaseSeconds: this.#leaseSeconds,
      worker: this.#worker,
      port: Number(new URL(this.url).port),
      dispatch: this.kills % 2 === 0 ? "queue" : "direct",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#current.stop();
    rmSync(this.#state, { recursive: true, force: true });
  }
}

interface Launch {
  readonly leaseSeconds: number;
  readonly worker: string;
  readonly port: number;
  readonly dispatch: "queue" | "direct";
}

function launch(state: string, { leaseSeconds, worker, port, dispatch }: Launch): Promise<Platform> {
  const path = new URL(worker, import.meta.url).pathname;
  const vars = { RUNLET_DISPATCH: dispatch, ...WEBHOOK_SECRETS };
  return startPlatform({ state, port, leaseSeconds, worker: path, vars });
}
