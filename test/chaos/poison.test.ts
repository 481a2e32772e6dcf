import { expect, test } from "vitest";
import { configure, runs } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { begin, job } from "./tasks.ts";

const ATTEMPTS = 3;
const BESIDE = 20;

test("a run at which the runtime dies ends CRASHED after its attempts, and those beside it finish", async () => {
  await using platform = await MortalPlatform.start(3);
  configure({ baseURL: platform.url, accessToken: platform.key });
  await using outside = new Outside(() => platform.url);
  const startedAt = performance.now();
  outside.hold("poison", "only attempt");

  // Scenario 5: with one attempt, the first crash is the last.
  const fragile = await begin.trigger({ outside: outside.name, what: "only attempt" }, { maxAttempts: 1 });
  await outside.reached("only attempt");
  const [poison, ...beside] = await Promise.all([
    begin.trigger({ outside: outside.name, what: "poison" }, { maxAttempts: ATTEMPTS }),
    ...Array.from({ length: BESIDE }, (_, n) => job.trigger({ outside: outside.name, tag: "beside", n })),
  ]);
  const times: number[] = [];
  for (let begun = 1; begun <= ATTEMPTS; begun += 1) {
    await outside.reached("poison", begun);
    times.push(performance.now() - startedAt);
    await platform.kill();
  }
  const signal = AbortSignal.timeout(120_000);
  expect(await runs.poll(poison, { signal })).toMatchObject({
    status: "CRASHED",
    attemptCount: ATTEMPTS,
    isCompleted: true,
    isFailed: true,
    error: { name: "RunCrashedError", message: expect.stringContaining(`attempt ${ATTEMPTS} of ${ATTEMPTS}`) },
  });
  expect(await runs.poll(fragile, { signal })).toMatchObject({ status: "CRASHED", attemptCount: 1 });
  for (const [n, handle] of beside.entries()) {
    const run = await runs.poll(handle, { signal });
    expect([run.status, run.output?.n]).toEqual(["COMPLETED", n]);
  }
  // It had its attempts and no more, although the platform has been up ever since.
  expect(outside.count("poison")).toBe(ATTEMPTS);
  expect(outside.count("only attempt")).toBe(1);
  const took = ((performance.now() - startedAt) / 1000).toFixed(1);
  const begun = times.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(", ");
  console.info(
    `poison: begun (and killed) after ${begun}; ${BESIDE} jobs beside it and all else ended after ${took} s`,
  );
});
