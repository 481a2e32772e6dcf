import { expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { Restarts } from "./restarts.ts";
import { leaf, poison } from "./tasks.ts";

const ATTEMPTS = 3;
const NEIGHBOURS = 10;

test("a run that takes the runtime down each time ends CRASHED, and the runs beside it complete", async () => {
  await using platform = await Restarts.begin();
  await using outside = new Outside(() => platform.url);
  const [deadly, ...beside] = await Promise.all([
    poison.trigger({ outside: outside.name, what: "poison" }),
    ...Array.from({ length: NEIGHBOURS }, (_, i) =>
      leaf.trigger({ outside: outside.name, what: `beside${i}`, failures: i % 2 }),
    ),
  ]);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    await outside.reached("poison begins", attempt);
    await platform.killAndStart();
  }
  const crashed = await runs.poll(deadly, { signal: AbortSignal.timeout(90_000), pollIntervalMs: 250 });
  expect(crashed).toMatchObject({ status: "CRASHED", attemptCount: ATTEMPTS, error: { name: "RunCrashedError" } });
  expect(outside.count("poison begins")).toBe(ATTEMPTS);
  for (const { id } of beside) {
    const run = await runs.poll(id, { signal: AbortSignal.timeout(90_000), pollIntervalMs: 250 });
    expect({ status: run.status, error: run.error }).toEqual({ status: "COMPLETED", error: undefined });
  }
  console.log(`${platform.kills} kills: the poison run is CRASHED, ${NEIGHBOURS} runs beside it are COMPLETED`);
});
