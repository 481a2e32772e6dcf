import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { metadata, step, tags, task } from "../../sdk/index.ts";
import { fakeDoor, inside } from "../support/fake-pass.ts";
import { Rehearsal, outside } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: async (question: string) => question });

/** Plays a run whose waits for "ask" are settled one after the other, until it has ended. */
async function playToEnd(run: Rehearsal): Promise<void> {
  for (let pass = 0; pass < 20; pass += 1) {
    const { end } = await run.pass();
    if (end.type !== "suspended") return;
    for (const { key } of end.waits) run.settle(key, "answer");
  }
}

describe("metadata in a task", () => {
  test("counts each change once, however often the task is replayed", async () => {
    const run = new Rehearsal(async () => {
      metadata.increment("passes of the beginning");
      await ask.triggerAndWait("a");
      metadata.append("order", "a").increment("n", 2);
      await ask.triggerAndWait("b");
      metadata.append("order", "b").decrement("n");
      await ask.triggerAndWait("c");
      metadata.set("done", true);
    });
    await playToEnd(run);
    expect(run.epoch).toBe(4);
    expect(run.notes.metadata).toEqual({ "passes of the beginning": 1, order: ["a", "b"], n: 1, done: true });
    expect(run.notes.messages).toBe(0);
  });

  test("keeps what a step changes together with its result, in the order of the changes", async () => {
    const seen: unknown[] = [];
    const run = new Rehearsal(async () => {
      metadata.set("at", "before");
      await step.run("s", () => {
        metadata.set("at", "inside").increment("steps");
        seen.push(metadata.get("at"));
      });
      seen.push(metadata.get("steps"));
      await ask.triggerAndWait("a");
      metadata.increment("after");
    });
    const { keepStep } = run.door;
    run.door.keepStep = (key, digest, outcome, along) => {
      expect(along?.notes?.changes.length).toBe(3);
      return keepStep(key, digest, outcome, along);
    };
    await playToEnd(run);
    expect(run.notes.metadata).toEqual({ at: "inside", steps: 1, after: 1 });
    expect(seen).toEqual(["inside", 1, 1]);
  });

  test.each([false, true])("of a step that could not be kept goes with it (it had arrived: %s)", async (arrives) => {
    const run = new Rehearsal(
      async () => {
        metadata.increment("before");
        await step.run("s", () => {
          metadata.increment("inside");
        });
      },
      { onFailure: () => void metadata.increment("failed") },
    );
    run.extra = { maxAttempts: 1 };
    run.door.keepStep = async (_key, _digest, _outcome, along) => {
      if (arrives) run.notes.take(along?.notes);
      throw new Error("Network connection lost.");
    };
    await run.fails();
    expect(run.notes.metadata).toEqual({ before: 1, failed: 1, ...(arrives ? { inside: 1 } : {}) });
  });

  test("of a step whose result is lost does not go with that of the next one", async () => {
    const run = new Rehearsal(async () => {
      const count = (name: string) => step.run(name, () => void metadata.increment(name));
      await Promise.all([count("lost"), count("kept")]);
    });
    const { keepStep } = run.door;
    run.door.keepStep = async (key, digest, outcome, notes) => {
      await outside();
      if (key.startsWith("step:lost")) throw new Error("Network connection lost.");
      return keepStep(key, digest, outcome, notes);
    };
    await run.fails();
    expect(run.notes.metadata).toEqual({ kept: 1 });
  });

  test("starts a new attempt from what is there, and counts its changes anew", async () => {
    const run = new Rehearsal(async (_, { ctx }) => {
      metadata.increment("attempts").set("of", ctx.run.metadata?.["attempts"] ?? 0);
      await ask.triggerAndWait("a");
      if (ctx.attempt.number === 1) throw new Error("as asked");
    });
    await playToEnd(run);
    run.nextAttempt();
    await playToEnd(run);
    expect(run.notes.metadata).toEqual({ attempts: 2, of: 1 });
  });

  test("reads as it was when the pass began, with its own changes", async () => {
    const run = new Rehearsal(async (_, { ctx }) => {
      const before = metadata.current();
      metadata.set("$.a.b", [1]).append("$.a.b", { c: 2 }).del("gone");
      const copy = metadata.get("$.a.b") as unknown[];
      copy.push("not in it");
      metadata.remove("$.a.b", 1);
      return JSON.stringify([
        before,
        metadata.current(),
        metadata.get("$.a.b[0].c"),
        metadata.get("none"),
        ctx.run.metadata,
      ]);
    });
    run.notes.metadata = { gone: 1, kept: null };
    const { json } = JSON.parse(`{"json":${String(await run.completes())}}`) as { json: unknown };
    const after = { kept: null, a: { b: [{ c: 2 }] } };
    expect(json).toEqual([{ gone: 1, kept: null }, after, 2, null, { gone: 1, kept: null }]);
    expect(run.notes.metadata).toEqual(after);
  });

  test("of parent and root goes to them, or to the run itself where there are none", async () => {
    const body = async (): Promise<void> => {
      metadata.parent.increment("n").append("list", 1);
      metadata.root.replace({ all: true });
    };
    const alone = new Rehearsal(body);
    await playToEnd(alone);
    expect([alone.notes.metadata, alone.notes.above]).toEqual([{ all: true }, []]);

    const child = new Rehearsal(body);
    child.extra = { parentId: "run_p", rootId: "run_r" };
    await playToEnd(child);
    expect(child.notes.metadata).toEqual({});
    expect(child.notes.above).toEqual([
      ["parent", { type: "increment", key: "n", value: 1 }],
      ["parent", { type: "append", key: "list", value: 1 }],
      ["root", { type: "update", value: { all: true } }],
    ]);
  });

  test("of hooks is counted apart from that of the task, and that of middleware with it", async () => {
    const body = async (): Promise<void> => {
      metadata.increment("run");
      await ask.triggerAndWait("a");
      metadata.increment("run");
    };
    const run = new Rehearsal(body, {
      onStartAttempt: () => void metadata.increment("start"),
      onWait: () => void metadata.increment("wait"),
      onResume: () => void metadata.increment("resume"),
      onSuccess: () => void metadata.set("$.end.success", true),
      onComplete: async () => tags.add("complete"),
      middleware: async ({ next }) => {
        metadata.increment("before");
        await next();
        metadata.increment("after");
      },
    });
    await playToEnd(run);
    expect(run.notes.metadata).toEqual({
      ...{ run: 2, start: 1, wait: 1, resume: 1, before: 1, after: 1 },
      end: { success: true },
    });
    expect(run.notes.tags).toEqual(["complete"]);
  });

  test("changed after the pass has ended reaches nobody", async () => {
    const run = new Rehearsal(async () => {
      void outside(5).then(() => metadata.set("late", true));
      await ask.triggerAndWait("a");
    });
    await run.pass();
    await outside(20);
    expect(run.notes.metadata).toEqual({});
  });

  test.each<[string, () => unknown, string]>([
    ["a value that JSON does not know", () => metadata.set("a", undefined), "invalid_metadata"],
    ["a BigInt", () => metadata.append("a", 1n), "invalid_metadata"],
    ["a key that leads nowhere", () => metadata.del("$."), "invalid_metadata"],
    ["an endless number", () => metadata.increment("a", Number.POSITIVE_INFINITY), "invalid_metadata"],
    ["a list in place of the object", () => metadata.replace([] as never), "invalid_metadata"],
    ["more than 256 KiB", () => metadata.set("a", "x".repeat(256 * 1024)), "metadata_too_large"],
  ])("refuses %s, and stays as it was", async (_, change, code) => {
    const run = new Rehearsal(async () => {
      metadata.set("b", 1);
      expect(change).toThrow(expect.objectContaining({ name: "RunletApiError", code }));
    });
    await run.completes();
    expect(run.notes.metadata).toEqual({ b: 1 });
  });

  test("is refused outside a task, where nothing can be read", async () => {
    const refusal = expect.objectContaining({ name: "OutsideTaskError" });
    expect(() => metadata.set("a", 1)).toThrow(refusal);
    await expect(metadata.flush()).rejects.toEqual(refusal);
    await expect(tags.add("a")).rejects.toEqual(refusal);
    inside({ door: fakeDoor() }, () => expect([metadata.current(), metadata.get("a")]).toEqual([undefined, undefined]));
  });
});

describe("changes that are made while a pass executes", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => vi.useRealTimers());

  test("are sent about once a second, and not at all when there are none", async () => {
    const messages: number[] = [];
    const run = new Rehearsal(async () => {
      await vi.advanceTimersByTimeAsync(5_000);
      messages.push(run.notes.messages);
      for (let i = 0; i < 99; i += 1) {
        metadata.increment("n");
        await vi.advanceTimersByTimeAsync(50);
      }
      messages.push(run.notes.messages);
      await vi.advanceTimersByTimeAsync(60_000);
      messages.push(run.notes.messages);
    });
    await run.completes();
    expect(messages).toEqual([0, 4, 5]);
    expect(run.notes.metadata).toEqual({ n: 99 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("are sent by flush, once", async () => {
    const run = new Rehearsal(async () => {
      metadata.increment("n");
      await tags.add("t");
      await metadata.flush();
      expect([run.notes.metadata, run.notes.tags]).toEqual([{ n: 1 }, ["t"]]);
      await metadata.flush();
      expect(run.notes.messages).toBe(1);
      metadata.increment("n");
    });
    await run.completes();
    expect(run.notes.metadata).toEqual({ n: 2 });
  });

  test("that did not arrive go with the next message, and what arrived twice counts once", async () => {
    const run = new Rehearsal(async () => {
      metadata.increment("n");
      await expect(metadata.flush()).rejects.toThrow("lost");
      metadata.increment("n", 10);
      await expect(metadata.flush()).rejects.toThrow("lost");
      await metadata.flush();
      metadata.increment("n", 100);
    });
    let calls = 0;
    run.door.keepNotes = async (notes) => {
      calls += 1;
      if (calls !== 1) run.notes.take(notes);
      if (calls < 3) throw new Error("lost");
      return true;
    };
    await run.completes();
    expect(run.notes.metadata).toEqual({ n: 111 });
  });
});

describe("tags in a task", () => {
  test("are added once, and not when the run has them", async () => {
    const run = new Rehearsal(async () => {
      await tags.add(["a", "b"]);
      await ask.triggerAndWait("x");
      await tags.add("b");
    });
    await playToEnd(run);
    expect(run.notes.tags).toEqual(["a", "b"]);
  });

  test("over the limit are refused, all of them", async () => {
    const run = new Rehearsal(async () => {
      await tags.add(Array.from({ length: 9 }, (_, i) => String(i)));
      await expect(tags.add(["x", "y"])).rejects.toMatchObject({ status: 422, code: "too_many_tags" });
      await expect(tags.add("")).rejects.toMatchObject({ status: 400, code: "invalid_tags" });
      await tags.add("x");
    });
    await run.completes();
    expect(run.notes.tags).toEqual([..."012345678", "x"]);
  });
});
