import { describe, expect, test } from "vitest";
import { batch, step, task, tasks, type TaskRunPromise } from "../../sdk/index.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import { LazyPromise } from "../../sdk/lib/lazy-promise.ts";
import { FakePass, inside } from "../support/fake-pass.ts";

const child = task({ id: "child", run: async (n: number) => `${n}` });
const other = task({ id: "other", run: async () => new Date(0) });

const failure = { ok: false as const, error: { name: "TypeError", message: "no", stack: "where" } };

describe("triggerAndWait", () => {
  test("gives the child's output", async () => {
    const pass = new FakePass({ ok: true, output: encodePacket(new Map([["a", new Date(0)]])) });
    const result = await inside({ pass }, () => child.triggerAndWait(1, { tags: "x", maxAttempts: 2 }));
    expect(result).toEqual({
      ok: true,
      id: "run_child",
      taskIdentifier: "child",
      output: new Map([["a", new Date(0)]]),
    });
    expect(pass.calls[0]).toEqual(["waitForRun", "child", encodePacket(1), { tags: ["x"], maxAttempts: 2 }]);
  });

  test("gives a failed child's error", async () => {
    const result = await inside({ pass: new FakePass(failure) }, () => tasks.triggerAndWait<typeof child>("child", 1));
    expect(result).toMatchObject({ ok: false, id: "run_child", taskIdentifier: "child" });
    expect(!result.ok && result.error).toBeInstanceOf(Error);
    expect(!result.ok && result.error).toMatchObject({ name: "TypeError", message: "no", stack: "where" });
  });

  test("unwraps to the output, or throws with the child's error as cause", async () => {
    expect(await inside({ pass: new FakePass() }, () => child.triggerAndWait(1).unwrap())).toBe("done");
    await expect(inside({ pass: new FakePass(failure) }, () => child.triggerAndWait(1).unwrap())).rejects.toMatchObject(
      {
        name: "SubtaskUnwrapError",
        taskId: "child",
        runId: "run_child",
        message: 'Run run_child of task "child" failed: no',
        cause: expect.objectContaining({ name: "TypeError", message: "no" }),
      },
    );
  });
});

describe("a wait", () => {
  test("is begun at the call, and waited for only when it is asked", async () => {
    const pass = new FakePass();
    const wait = inside({ pass }, () => child.triggerAndWait(1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForRun"]);
    await wait;
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForRun", "awaited"]);
  });

  test("is begun in the order of the calls, whatever is awaited first", async () => {
    const pass = new FakePass();
    await inside({ pass }, async () => {
      const [first, second] = [child.triggerAndWait(1), child.triggerAndWait(2)];
      await second;
      await first;
    });
    expect(pass.calls.map(([call, , payload]) => [call, payload])).toEqual([
      ["waitForRun", encodePacket(1)],
      ["waitForRun", encodePacket(2)],
      ["awaited", undefined],
      ["awaited", undefined],
    ]);
  });

  test.each<[string, (wait: TaskRunPromise<"child", string>) => unknown]>([
    ["then", (wait) => wait.then(() => 1)],
    ["catch", (wait) => wait.catch(() => 1)],
    ["finally", (wait) => wait.finally(() => 1)],
    ["then of unwrap", (wait) => wait.unwrap().then(() => 1)],
  ])("is waited for once %s is called, in that very turn", (_name, ask) => {
    const pass = new FakePass();
    const wait = inside({ pass }, () => child.triggerAndWait(1));
    ask(wait);
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForRun", "awaited"]);
  });

  test("is not waited for by unwrap alone", () => {
    const pass = new FakePass();
    void inside({ pass }, () => child.triggerAndWait(1).unwrap());
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForRun"]);
  });

  test("is asked once, however often it is awaited", async () => {
    const pass = new FakePass();
    const wait = inside({ pass }, () => child.triggerAndWait(1));
    expect(await wait).toBe(await wait);
    await Promise.all([wait, wait.unwrap()]);
    expect(pass.calls.filter(([call]) => call === "awaited")).toHaveLength(1);
  });

  test("is asked once, though it was refused and is awaited again", async () => {
    let asked = 0;
    const wait = new LazyPromise(() => {
      asked += 1;
      return Promise.reject(new Error("refused"));
    });
    await expect(wait).rejects.toThrow("refused");
    await expect(wait).rejects.toThrow("refused");
    expect(asked).toBe(1);
  });

  test("works with Promise.all, allSettled and race", async () => {
    await inside({ pass: new FakePass() }, async () => {
      const all = await Promise.all([child.triggerAndWait(1).unwrap(), child.triggerAndWait(2)]);
      expect(all).toMatchObject(["done", { ok: true, output: "done" }]);
      expect(await Promise.race([child.triggerAndWait(1), child.triggerAndWait(2)])).toMatchObject({ ok: true });
      expect(await Promise.allSettled([child.triggerAndWait(1)])).toMatchObject([{ status: "fulfilled" }]);
    });
  });

  test("runs the callbacks of finally and catch", async () => {
    let ended = 0;
    const pass = new FakePass(failure);
    await inside({ pass }, () => child.triggerAndWait(1).finally(() => void ended++));
    const caught = await inside({ pass }, () =>
      child
        .triggerAndWait(1)
        .unwrap()
        .catch((error: Error) => error.name),
    );
    expect([ended, caught]).toEqual([1, "SubtaskUnwrapError"]);
  });
});

describe("a wait for a batch", () => {
  test("gives the results in the order of the items", async () => {
    const pass = new FakePass();
    const items = [{ payload: 1 }, { payload: 2, options: { maxAttempts: 1 } }];
    const result = await inside({ pass }, () => child.batchTriggerAndWait(items));
    expect(result.id).toBe("batch_child");
    expect(result.runs).toMatchObject([
      { ok: true, id: "run_0", taskIdentifier: "child", output: 1 },
      { ok: true, id: "run_1", taskIdentifier: "child", output: 2 },
    ]);
    expect(pass.calls[0]).toEqual([
      "waitForBatch",
      [
        { task: "child", payload: encodePacket(1), options: {} },
        { task: "child", payload: encodePacket(2), options: { maxAttempts: 1 } },
      ],
    ]);
  });

  test("is begun at the call, and waited for only when it is asked", async () => {
    const pass = new FakePass();
    const wait = inside({ pass }, () => tasks.batchTriggerAndWait<typeof child>("child", [{ payload: 1 }]));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForBatch"]);
    await wait;
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForBatch", "awaited"]);
  });

  test("of several tasks is told by id or by task", async () => {
    const pass = new FakePass();
    await inside({ pass }, async () => {
      await batch.triggerAndWait<typeof child | typeof other>([{ id: "child", payload: 1 }, { id: "other" }]);
      await batch.triggerByTaskAndWait([{ task: other }, { task: child, payload: 1 }]);
    });
    const asked = pass.calls.filter(([call]) => call === "waitForBatch");
    expect(asked).toMatchObject([
      ["waitForBatch", [{ task: "child" }, { task: "other" }]],
      ["waitForBatch", [{ task: "other" }, { task: "child" }]],
    ]);
  });

  test("takes the items of an async iterable first, and is waited for only when it is asked", async () => {
    const pass = new FakePass();
    async function* items() {
      yield { payload: 1 };
      yield { payload: 2 };
    }
    const wait = inside({ pass }, () => child.batchTriggerAndWait(items()));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(pass.calls.map(([call]) => call)).toEqual(["waitForBatch"]);
    expect((await wait).runs).toHaveLength(2);
  });

  test("rejects with what an item's options are refused for", async () => {
    const items = [{ payload: 1 }, { payload: 2, options: { gates: {} } as object }];
    await expect(inside({ pass: new FakePass() }, () => child.batchTriggerAndWait(items))).rejects.toThrow(
      'Option "gates" is not supported: there are no named',
    );
  });
});

describe("outside a task", () => {
  test.each<[string, () => PromiseLike<unknown>]>([
    ["triggerAndWait", () => child.triggerAndWait(1)],
    ["triggerAndWait, unwrapped", () => child.triggerAndWait(1).unwrap()],
    ["tasks.triggerAndWait", () => tasks.triggerAndWait("child", 1)],
    ["batchTriggerAndWait", () => child.batchTriggerAndWait([{ payload: 1 }])],
    ["batch.triggerByTaskAndWait", () => batch.triggerByTaskAndWait([{ task: other }])],
    ["step.run", () => step.run("a", () => 1)],
  ])("%s rejects and says what to do", async (_name, call) => {
    const error = expect.objectContaining({
      name: "OutsideTaskError",
      message: expect.stringMatching(
        /^(triggerAndWait|batchTriggerAndWait|step\.run)\(\) works only inside a task's run /,
      ),
    });
    await expect(call()).rejects.toEqual(error);
    await expect(inside({}, call)).rejects.toEqual(error);
  });

  test("a wait that nobody asks is not silent", async () => {
    const unhandled = new Promise((resolve) => {
      const listeners = process.listeners("unhandledRejection");
      process.removeAllListeners("unhandledRejection");
      process.once("unhandledRejection", (error) => {
        for (const listener of listeners) process.on("unhandledRejection", listener);
        resolve(error);
      });
    });
    void child.triggerAndWait(1);
    expect(await unhandled).toMatchObject({ name: "OutsideTaskError" });
  });
});

describe("step.run", () => {
  test("gives what its function gives, as it is kept", async () => {
    const pass = new FakePass();
    expect(await inside({ pass }, () => step.run("read", async () => new Set([1n])))).toEqual(new Set([1n]));
    expect(pass.calls).toEqual([["step", "read"]]);
  });

  test("throws what its function throws", async () => {
    const throwing = () => {
      throw new RangeError("too far");
    };
    await expect(inside({ pass: new FakePass() }, () => step.run("read", throwing))).rejects.toMatchObject({
      name: "RangeError",
      message: "too far",
    });
  });

  test("refuses to have no name", async () => {
    await expect(inside({ pass: new FakePass() }, () => step.run("", () => 1))).rejects.toThrow("needs a name");
  });
});
