// `npm run dev`: `wrangler dev`, which reloads on every edit, with the local database migrated first.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { resolve } from "node:path";
import { readServeArgs } from "./args.ts";
import { untilHealthy } from "./ready.ts";
import { chooseSecretKey } from "./secret-key.ts";
import { announce, onEndSignals } from "./serve-cli.ts";
import { wranglerCommand } from "./tools.ts";

const GRACE_MS = 5_000;

const args = readServeArgs("run dev", { port: 8787, state: ".runlet/dev" });
// Before anything is started: whatever listens there already would be taken for the server.
const port = await freePort(args.port).catch((error: Error) => {
  console.error(`Port ${args.port} cannot be listened on (${error.message}). Choose another with --port.`);
  return process.exit(1);
});
const state = resolve(args.state);
const { key, madeUp } = chooseSecretKey(state);

const migrated = spawnSync(
  ...wranglerCommand("d1", "migrations", "apply", "runlet-index", "--local", "--persist-to", state),
  { encoding: "utf8", env: { ...process.env, CI: "1" } },
);
if (migrated.status !== 0) {
  console.error(`Migrating the local database failed:\n${migrated.stdout}${migrated.stderr}`);
  process.exit(1);
}

const publicUrl = process.env["RUNLET_PUBLIC_URL"];
const child = spawn(
  ...wranglerCommand(
    ...["dev", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state],
    ...[
      "--var",
      "RUNLET_DISPATCH:direct",
      "--var",
      `RUNLET_SECRET_KEY:${key}`,
      "--var",
      `RUNLET_LOCAL_URL:http://127.0.0.1:${port}`,
      ...(publicUrl === undefined ? [] : ["--var", `RUNLET_PUBLIC_URL:${publicUrl}`]),
      "--show-interactive-dev-session=false",
    ],
  ),
  // A process group of its own, so that wrangler and the runtime below it can be ended together.
  {
    stdio: ["ignore", "inherit", "inherit"],
    detached: true,
    // Spares a request to the network, and its warning where there is none.
    env: { ...process.env, CLOUDFLARE_CF_FETCH_ENABLED: "false" },
  },
);
const exited = new Promise<string>((done) => {
  child.once("error", (error) => done(error.message));
  child.once("exit", (code, signal) => done(signal ?? `exit code ${code}`));
});
process.once("exit", () => signalGroup(child, "SIGKILL"));

let ending = false;
onEndSignals(async () => {
  ending = true;
  signalGroup(child, "SIGTERM");
  await Promise.race([exited, new Promise((done) => setTimeout(done, GRACE_MS))]);
});

const url = `http://127.0.0.1:${port}`;
try {
  await untilHealthy(url, exited, () => "(see above)");
  const [first = key] = key.split(",");
  announce({ url, key: first.trim(), madeUp, state });
} catch (error) {
  if (!ending) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
const reason = await exited;
if (!ending) {
  console.error(`wrangler dev ended: ${reason}.`);
  process.exit(1);
}

function signalGroup(leader: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (leader.pid !== undefined) process.kill(-leader.pid, signal);
  } catch {
    // Already gone.
  }
}

/** The port, which nobody listens on; any such for 0. Throws where there is somebody. */
async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return free;
}
