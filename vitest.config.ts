import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { WEBHOOK_SECRETS } from "./test/support/webhook-secrets.ts";
import { defineConfig } from "vitest/config";

// "runlet" is what tsconfig.json says it is, here as in the bundles of wrangler and workerd: the source.
const resolve = { tsconfigPaths: true };

// node    pure code and the client, in Node
// worker  objects, storage and routes inside workerd
// flows   what a user sees, over HTTP, against one self-hosted platform
// chaos   kill -9 and the like; apart, since it takes minutes (`npm run test:chaos`)
export default defineConfig({
  test: {
    // On two processors the default is one file at a time, and most of the time tests wait for something.
    maxWorkers: 3,
    projects: [
      {
        resolve,
        test: {
          name: "node",
          // Other runtimes are started, on a machine that is busy with other files.
          testTimeout: 30_000,
          include: ["test/{core,sdk}/**/*.test.ts"],
          // Errors elsewhere are for `npm run check` to report.
          typecheck: { enabled: true, include: ["test/types/**/*.test-d.ts"], ignoreSourceErrors: true },
        },
      },
      {
        resolve,
        plugins: [
          cloudflareTest(async () => ({
            main: "./test/support/worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                RUNLET_SECRET_KEY: "tr_dev_inTheWorkerTests000000000",
                ...WEBHOOK_SECRETS,
                RUN_INDEX_MIGRATIONS: await readD1Migrations("worker/storage/migrations"),
              },
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/worker/**/*.test.ts"],
          setupFiles: ["test/support/migrate-index.ts"],
          testTimeout: 20_000,
        },
      },
      {
        resolve,
        test: {
          name: "flows",
          include: ["test/flows/**/*.test.ts"],
          globalSetup: ["test/support/platform.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve,
        test: {
          name: "chaos",
          include: ["test/chaos/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
