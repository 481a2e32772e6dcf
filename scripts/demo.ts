// `npm run demo`: starts the platform on temporary state, triggers the example tasks over HTTP through the SDK's client,
// shows how they go, and stops what it started. Ends with 0 only if every result was right.
import { fileURLToPath } from "node:url";
import { configure, runs, type RunStatus } from "../sdk/index.ts";
import { cut, duration, paint, spread } from "./demo/paint.ts";
import { SCENES } from "./demo/scenes.ts";
import { Screen, WIDTH } from "./demo/screen.ts";
import { countStatuses, untilListed } from "./demo/status-count.ts";
import { startPlatform, type Platform } from "./platform.ts";
import { onEndSignals } from "./serve-cli.ts";

const INTERRUPTED = 130;

const screen = new Screen();
const start = performance.now();
let starting: Promise<Platform> | undefined;
let ending = false;

onEndSignals(async () => {
  ending = true;
  screen.line("\n  Interrupted: stopping.");
  screen.close();
  await stop();
  process.exit(INTERRUPTED);
});

try {
  await show();
} catch (error) {
  // While everything is being stopped, requests fail: that is no news.
  if (!ending) fail(error);
}
if (!ending) {
  await stop();
  // What still asks the platform for something is not waited for.
  process.exit();
}

async function show(): Promise<void> {
  screen.line(
    `\n  ${paint("bold", "Runlet")}  ${paint("dim", "background tasks on the Workers runtime, here on workerd")}\n`,
  );
  starting = startPlatform({ worker: fileURLToPath(new URL("demo/worker.ts", import.meta.url).href) });
  const { url, key, exited } = await starting;
  configure({ baseURL: url, accessToken: key });
  screen.line(spread(`  The platform listens on ${url}`, duration(performance.now() - start), WIDTH - 2));
  const died = exited.then((reason) => {
    throw new Error(`The platform died: ${reason}.`);
  });
  died.catch(() => undefined);
  await Promise.race([playAll(), died]);
  await stop();
  screen.line(spread("\n  Everything is stopped.", `${duration(performance.now() - start)} in all`, WIDTH - 1));
  screen.line(
    `  Next: put a task of your own into ${paint("bold", "worker/tasks.ts")} and start ${paint("bold", "npm run dev")}.\n`,
  );
}

async function playAll(): Promise<void> {
  let made = 0;
  for (const [i, { title, code, play }] of SCENES.entries()) {
    const head = spread(`  ${paint("bold", `${i + 1}  ${title}`)}`, paint("dim", code), WIDTH - 2);
    screen.line(`\n${cut(head, WIDTH - 1)}\n`);
    made += await play(screen);
  }
  screen.line(`\n  ${paint("bold", "All runs, as runs.list() has them")}\n`);
  const statuses = await untilListed(made, listAll);
  screen.line(`     ${countStatuses(statuses)}`);
  if (statuses.length !== made || statuses.some((status) => status !== "COMPLETED")) {
    throw new Error(`The list shows ${statuses.length} runs; ${made} have completed.`);
  }
}

async function listAll(): Promise<RunStatus[]> {
  const statuses: RunStatus[] = [];
  for await (const run of runs.list({ limit: 100 })) statuses.push(run.status);
  return statuses;
}

async function stop(): Promise<void> {
  const platform = await starting?.catch(() => undefined);
  await platform?.stop();
}

function fail(error: unknown): void {
  process.exitCode = 1;
  screen.close();
  console.error(`\n  ${paint("red", "The demo failed:")} ${error instanceof Error ? error.message : String(error)}`);
}
