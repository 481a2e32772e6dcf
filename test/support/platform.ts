import type { TestProject } from "vitest/node";
import { startPlatform } from "../../scripts/platform.ts";
import { WEBHOOK_SECRETS } from "./webhook-secrets.ts";

declare module "vitest" {
  interface ProvidedContext {
    platform: { readonly url: string; readonly key: string };
  }
}

/** One platform for all flow tests, with the test tasks: `const { url, key } = inject("platform")`. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const platform = await startPlatform({
    worker: new URL("worker.ts", import.meta.url).pathname,
    vars: WEBHOOK_SECRETS,
  });
  project.provide("platform", { url: platform.url, key: platform.key });
  return platform.stop;
}
