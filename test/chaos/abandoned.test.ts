import { expect, test } from "vitest";
import { configure, runs } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { begin } from "./tasks.ts";

/** Longer than a quiet group stays in memory: each alarm finds it on disk only. */
const LEASE_SECONDS = 24;

test("a run whose consumer has died is handed out again, though nobody asks for it and its group is not in memory", async () => {
  await using platform = await MortalPlatform.start(LEASE_SECONDS);
  configure({ baseURL: platform.url, accessToken: platform.key });
  await using outside = new Outside(() => platform.url);
  outside.hold("work");
  const handle = await begin.trigger({ outside: outside.name, what: "work" }, { maxAttempts: 2 });
  await outside.reached("work");
  await platform.kill();
  await outside.reached("work", 2);
  outside.release("work");
  const run = await runs.poll(handle, { signal: AbortSignal.timeout(60_000) });
  expect(run).toMatchObject({ status: "COMPLETED", attemptCount: 2 });
});
