// What "cloudflare:workers" holds in tests that run inside workerd.
declare namespace Cloudflare {
  interface Env extends RunletEnv {
    readonly RUN_INDEX_MIGRATIONS: import("@cloudflare/vitest-plugin").D1Migration[];
  }
  interface GlobalProps {
    mainModule: typeof import("./worker.ts");
  }
}

type RunletEnv = import("../../worker/env.ts").Env;
