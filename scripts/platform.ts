import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { applyLocalMigrations } from "./migrate.ts";
import { withPrivateNetwork } from "./private-network.ts";
import { untilHealthy } from "./ready.ts";
import { keptDevelopmentKey } from "./secret-key.ts";
import { readWranglerConfig, type WranglerConfig } from "./self-host-config.ts";
import { assertStateIsFree, lockState } from "./state-lock.ts";
import { ROOT } from "./tools.ts";
import { startWorkerd } from "./workerd.ts";

export interface PlatformOptions {
  /** 0, the default, picks a free one. */
  readonly port?: number;
  /** Where runs are kept. Without it they go to a temporary folder that `stop` removes. */
  readonly state?: string;
  /** The secret keys, separated by commas. Without it a development key is made up. */
  readonly key?: string;
  readonly leaseSeconds?: number;
  /** Another wrangler.toml (or .json), or another entry for this one (.ts or .js). */
  readonly worker?: string;
  /** More variables for the Worker. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Whether tasks reach addresses of this machine and of private networks. Default false. */
  readonly privateNetwork?: boolean;
  /** Whether what the server prints is shown. Default "ignore"; it is in any case part of a start-up error. */
  readonly stdio?: "inherit" | "ignore";
}

export interface Platform {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly state: string;
  /** Resolves, and never rejects, with the reason once the server is gone, however it came about. */
  readonly exited: Promise<string>;
  /** The end of what the server has printed. */
  output(): string;
  stop(): Promise<void>;
  /** kill -9, as a crash: the state stays as it is and can be started on again. */
  kill(): Promise<void>;
}

/** Runs Runlet by itself on `workerd serve`, and resolves once GET /api/v1/health answers. */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const state = resolve(options.state ?? mkdtempSync(join(tmpdir(), "runlet-")));
  mkdirSync(state, { recursive: true });
  const removeState = (): void => {
    if (options.state === undefined) rmSync(state, { recursive: true, force: true });
  };
  try {
    return await startOn(state, options, removeState);
  } catch (error) {
    removeState();
    throw error;
  }
}

async function startOn(state: string, options: PlatformOptions, removeState: () => void): Promise<Platform> {
  assertStateIsFree(state);
  const keys = options.key ?? keptDevelopmentKey(state);
  const [key = keys] = keys.split(",");
  const config = configFor(options, keys);
  await applyLocalMigrations(state, config);

  const configFile = join(state, "wrangler.json");
  writeFileSync(configFile, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  chmodSync(configFile, 0o600);
  const served = options.privateNetwork === true ? await withPrivateNetwork(configFile) : configFile;
  const workerd = await startWorkerd({ config: served, port: options.port ?? 0, stdio: options.stdio ?? "ignore" });
  const unlock = lockState(state, workerd.pid);
  process.once("exit", removeState);
  const url = `http://127.0.0.1:${workerd.port}`;
  const end = async (how: () => Promise<void>): Promise<void> => {
    await how();
    unlock();
  };
  try {
    await untilHealthy(url, workerd.exited, workerd.output);
  } catch (error) {
    await end(workerd.kill);
    throw error;
  }
  return {
    url,
    key: key.trim(),
    pid: workerd.pid,
    state,
    exited: workerd.exited,
    output: workerd.output,
    stop: async () => {
      await end(workerd.stop);
      process.removeListener("exit", removeState);
      removeState();
    },
    kill: () => end(workerd.kill),
  };
}

function configFor(options: PlatformOptions, keys: string): WranglerConfig {
  const worker = options.worker === undefined ? undefined : resolve(options.worker);
  const isEntry = worker !== undefined && /\.[cm]?[jt]s$/.test(worker);
  const config = readWranglerConfig(worker === undefined || isEntry ? join(ROOT, "wrangler.toml") : worker);
  if (isEntry) config.main = worker;
  // This runtime's queue has eight batches in flight and no more: long passes would hold them.
  const address =
    options.port === undefined || options.port === 0 ? {} : { RUNLET_LOCAL_URL: `http://127.0.0.1:${options.port}` };
  config.vars = { ...address, ...config.vars, RUNLET_DISPATCH: "direct", ...options.vars, RUNLET_SECRET_KEY: keys };
  if (options.leaseSeconds !== undefined) config.vars["RUNLET_LEASE_SECONDS"] = String(options.leaseSeconds);
  return config;
}
