import { describe, expect, test } from "vitest";
import { metadata, task, wait } from "../../sdk/index.ts";
import { Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: async (question: string) => question });

const LARGE = "x".repeat(300_000);

/** Makes a change, and says what came of it. */
function attempted(change: () => unknown): string {
  try {
    change();
    return "changed";
  } catch (error) {
    return (error as Error & { code: string }).code;
  }
}

describe("a change of metadata that is refused", () => {
  test("is refused in each pass, and the changes after it are made once", async () => {
    const said: string[] = [];
    const run = new Rehearsal(async () => {
      said.push(attempted(() => metadata.set("big", LARGE)));
      metadata.increment("n");
      await ask.triggerAndWait("a");
      metadata.increment("n");
      await ask.triggerAndWait("b");
    });
    await run.suspends();
    run.settle("run:ask#0", "a");
    await run.suspends();
    run.settle("run:ask#1", "b");
    await run.completes();
    expect(said).toEqual(["metadata_too_large", "metadata_too_large", "metadata_too_large"]);
    expect(run.notes.metadata).toEqual({ n: 2 });
  });

  test("stays refused in the attempt though there is room by now, also when it was its last change", async () => {
    const said: string[] = [];
    const run = new Rehearsal(async () => {
      metadata.set("half", LARGE.slice(0, 200_000));
      said.push(attempted(() => metadata.set("other half", LARGE.slice(0, 100_000))));
      await wait.for({ hours: 1 });
      metadata.del("half");
      await ask.triggerAndWait("b");
    });
    await run.suspends();
    run.settleTime("time:#0");
    await run.suspends();
    run.settle("run:ask#0", "b");
    await run.completes();
    expect(said).toEqual(Array.from({ length: 3 }, () => "metadata_too_large"));
    expect(run.notes.metadata).toEqual({});
  });

  test("is tried again by the next attempt", async () => {
    const said: string[] = [];
    const run = new Rehearsal(async () => {
      said.push(attempted(() => metadata.set("b", LARGE.slice(0, 100_000))));
      await ask.triggerAndWait("a");
      metadata.del("a");
      throw new Error("again");
    });
    run.notes.metadata = { a: LARGE.slice(0, 200_000) };
    await run.suspends();
    run.settle("run:ask#0", "a");
    await run.fails();
    run.nextAttempt();
    await run.fails();
    expect(said).toEqual(["metadata_too_large", "metadata_too_large", "changed"]);
  });

  test("in a loop is remembered a hundred times, and passed over from there on", async () => {
    let refusals = 0;
    const run = new Rehearsal(async () => {
      refusals = 0;
      for (let i = 0; i < 150; i += 1) {
        if (attempted(() => metadata.set("big", LARGE)) !== "changed") refusals += 1;
      }
      metadata.increment("n");
      await ask.triggerAndWait("a");
    });
    await run.suspends();
    expect(refusals).toBe(150);
    run.settle("run:ask#0", "a");
    await run.completes();
    expect(refusals).toBe(100);
    expect(run.notes.metadata).toEqual({ n: 1 });
  });
});
