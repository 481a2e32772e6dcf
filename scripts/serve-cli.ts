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

/** Runs `stop` on the first signal that ends this process, and ends it afterwards. A second signal ends it at once. */
export function onEndSignals(stop: () => Promise<void>): void {
  let stopping = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void stop().finally(() => process.exit(0));
    });
  }
}
