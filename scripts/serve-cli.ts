import { relative } from "node:path";

export interface Announcement {
  readonly url: string;
  readonly key: string;
  readonly madeUp: boolean;
  readonly state: string;
}

export function announce({ url, key, madeUp, state }: Announcement): void {
  console.log(`Runlet listens on ${url}
  key    ${madeUp ? `${key} (made up; set RUNLET_SECRET_KEY to choose)` : "as in RUNLET_SECRET_KEY"}
  state  ${relative(process.cwd(), state) || state}

  export RUNLET_API_URL=${url}${madeUp ? ` RUNLET_SECRET_KEY=${key}` : ""}`);
}

const PARENT_WATCH_MS = 250;

/**
 * Runs `stop` on the first signal that ends this process, and ends it afterwards; a second one ends it at once. A signal
 * sent to npm ends only the shell between npm and this process, so under npm the loss of the parent counts as one.
 */
export function onEndSignals(stop: () => Promise<void>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void stop().finally(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    if (!stopping) end();
  }, PARENT_WATCH_MS);
  watch.unref();
}
