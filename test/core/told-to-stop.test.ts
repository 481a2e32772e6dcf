import { afterEach, expect, test, vi } from "vitest";
import { step, task } from "../../sdk/index.ts";
import { RunCanceledError } from "../../sdk/lib/errors.ts";
import { cancelRun } from "../../worker/engine/cancel-run.ts";
import { LocalEngine } from "../../worker/engine/local-engine.ts";
import { recordEntries, type NewRecord } from "../../worker/engine/record-entries.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { Renewals } from "../../worker/engine/renewals.ts";
import { renewLeases } from "../../worker/engine/renew-leases.ts";
import { runBehindDoor } from "../../worker/engine/surroundings.ts";
import { GroupWork } from "../../worker/engine/work-group.ts";
import type { Env } from "../../worker/env.ts";
import { EngineGroup, far } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** No time passes: a timer never rings. */
function stopClock(): void {
  vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as unknown as ReturnType<typeof setTimeout>);
}

test("code whose run was canceled is told by its signal as soon as it has something kept, before its next renewal", async () => {
  stopClock();
  const group = new EngineGroup();
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const told = Promise.withResolvers<unknown>();
  const parent = task({
    id: "parent",
    run: async (_: unknown, { signal }) => {
      signal.addEventListener("abort", () => told.resolve(signal.reason));
      begun.resolve();
      await gate.promise;
      await step.run("work", () => 1);
    },
  });
  const registry = new Registry([parent]);
  const stub = {
    record: async (n: string, epoch: number, records: readonly NewRecord[]) =>
      group.turn((turn) => recordEntries(turn, n, epoch, records, far)),
    renew: async (held: { n: string; epoch: number }[]) => group.turn((turn) => renewLeases(turn, held, LEASE_MS)),
  };
  const env = { RUN_GROUP: { idFromString: (id: string) => id, get: () => stub } } as unknown as Env;
  group.admit();
  const claims = [group.claim()];
  const engine = new LocalEngine(env, registry, "EU", true);
  void runBehindDoor(engine, () => new GroupWork(env, registry, engine, "g").run(claims));
  await begun.promise;
  group.turn((turn) => cancelRun(turn, "k"));
  gate.resolve();
  expect(await told.promise).toBeInstanceOf(RunCanceledError);
});

test("renewals come after 2 s, then at growing pauses up to a third of the lease, until the end", async () => {
  vi.useFakeTimers();
  const at: number[] = [];
  const start = Date.now();
  const renewals = new Renewals(60_000, async () => void at.push(Date.now() - start));
  renewals.start();
  await vi.advanceTimersByTimeAsync(60_000);
  const pauses = at.map((time, i) => time - (at[i - 1] ?? 0));
  expect(pauses.slice(0, 3)).toEqual([2_000, 3_000, 4_500]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect((at.at(-1) ?? 0) - (at.at(-2) ?? 0)).toBe(20_000);
  const count = at.length;
  renewals.end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(at).toHaveLength(count);
});

test("a renewal that is called for while one is under way follows it at once", async () => {
  vi.useFakeTimers();
  const answers: (() => void)[] = [];
  const renewals = new Renewals(60_000, () => new Promise((resolve) => answers.push(resolve)));
  renewals.start();
  renewals.now();
  renewals.now();
  expect(answers).toHaveLength(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toHaveLength(2);
  answers[1]?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(answers).toHaveLength(2);
  renewals.end();
});
