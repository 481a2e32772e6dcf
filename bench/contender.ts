import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatform, type Platform } from "../scripts/platform.ts";
import { configure, runs, tasks } from "../sdk/index.ts";
import type { benchTasks } from "./tasks.ts";
import { HOOKS_VARS } from "./webhook-tasks.ts";

export type Work = "noop" | "fan-out" | "chain" | "waits";

/** A platform under the bench as its client sees it, over HTTP. */
export interface Contender {
  /** Starts one run of `work` on `n` and gives its handle. */
  trigger(work: Work, n: number): Promise<string>;
  /** The run's output, as soon as there is one. Throws when the run failed. */
  result(handle: string): Promise<unknown>;
}

export interface Running {
  readonly contender: Contender;
  readonly platform: Platform;
  stop(): Promise<void>;
}

/** Runlet on a state folder of its own, as `npm start` runs it. */
export function startRunlet(): Promise<Running> {
  return startOn("worker.ts", HOOKS_VARS);
}

/** The same with the queue in the path of dispatches, as it is deployed, and with everything counted. */
export function startCounted(): Promise<Running> {
  return startOn("counting-worker.ts", { RUNLET_DISPATCH: "queue" });
}

async function startOn(worker: string, vars: Record<string, string>): Promise<Running> {
  const platform = await startPlatform({ worker: join(import.meta.dirname, worker), vars });
  configure({ baseURL: platform.url, accessToken: platform.key });
  return { contender: runletClient, platform, stop: platform.stop };
}

const runletClient: Contender = {
  async trigger(work, n) {
    const { id } = await tasks.trigger<(typeof benchTasks)[number]>(work, { n });
    return id;
  },
  async result(id) {
    const run = await runs.poll(id);
    if (run.status !== "COMPLETED") throw new Error(`Run ${id} ended ${run.status}: ${run.error?.message ?? ""}`);
    return run.output;
  },
};

const WORKFLOWS: Readonly<Record<Exclude<Work, "waits">, string>> = {
  noop: "NOOP",
  "fan-out": "FAN_OUT",
  chain: "CHAIN",
};
const CLASSES = { NOOP: "Noop", FAN_OUT: "FanOut", CHAIN: "Chain" };

/** Cloudflare Workflows in the same runtime, on a state folder of its own. */
export async function startWorkflows(): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "runlet-bench-"));
  const config = join(folder, "workflows.json");
  writeFileSync(
    config,
    JSON.stringify({
      name: "workflows-bench",
      main: join(import.meta.dirname, "workflows-worker.ts"),
      compatibility_date: "2026-11-01",
      workflows: Object.entries(CLASSES).map(([binding, class_name]) => ({ name: class_name, binding, class_name })),
    }),
  );
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const platform = await startPlatform({ worker: config });
  const stop = async (): Promise<void> => {
    // It has nothing to save, and waits for open subscriptions when it is asked to end.
    await platform.kill();
    await platform.stop();
    process.removeListener("exit", remove);
    remove();
  };
  return { contender: workflowsClient(platform.url), platform, stop };
}

function workflowsClient(url: string): Contender {
  return {
    async trigger(work, n) {
      if (work === "waits") throw new Error("The bench has no such Workflow.");
      const name = WORKFLOWS[work];
      const { id } = await ask<{ id: string }>(`${url}/${name}`, { method: "POST", body: JSON.stringify({ n }) });
      return `${name}/${id}`;
    },
    async result(handle) {
      const { status, output, error } = await ask<InstanceStatus>(`${url}/${handle}`);
      if (status !== "complete") throw new Error(`Instance ${handle} ended ${status}: ${error?.message ?? ""}`);
      return output;
    },
  };
}

/** Asks again when the connection breaks, as Runlet's client does: the server closes those that were idle for a while. */
async function ask<T>(url: string, init?: RequestInit, retries = 3): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (retries === 0) throw error;
    return ask(url, init, retries - 1);
  }
  if (!response.ok) throw new Error(`${init?.method ?? "GET"} ${url} answered ${response.status}.`);
  return (await response.json()) as T;
}
