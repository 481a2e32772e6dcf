import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { configure } from "../../sdk/index.ts";
import { startPlatform, type Platform } from "../../scripts/platform.ts";

const WORKER = resolve(import.meta.dirname, "worker.ts");
/** Short, so that what a kill leaves behind is taken up again soon. */
const LEASE_SECONDS = 2;

/** The self-hosted platform on one folder, to be killed and started again. The client goes to where it is now. */
export class Restarts implements AsyncDisposable {
  kills = 0;
  #platform: Platform;
  readonly #state: string;

  private constructor(state: string, platform: Platform) {
    this.#state = state;
    this.#platform = platform;
  }

  static async begin(): Promise<Restarts> {
    const state = await mkdtemp(join(tmpdir(), "runlet-chaos-"));
    return new Restarts(state, await start(state));
  }

  get url(): string {
    return this.#platform.url;
  }

  /** kill -9, and a start on what that has left. */
  async killAndStart(): Promise<void> {
    await this.#platform.kill();
    this.kills += 1;
    this.#platform = await start(this.#state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#platform.stop();
    await rm(this.#state, { recursive: true, force: true });
  }
}

async function start(state: string): Promise<Platform> {
  const platform = await startPlatform({ state, worker: WORKER, leaseSeconds: LEASE_SECONDS });
  configure({ baseURL: platform.url, accessToken: platform.key });
  return platform;
}
