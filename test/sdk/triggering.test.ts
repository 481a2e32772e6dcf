import { describe, expect, test } from "vitest";
import { batch, task, tasks } from "../../sdk/index.ts";
import type { BatchItemRequest, CreateBatchRequest, TriggerRequest } from "../../sdk/lib/door.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { fakeDoor, FakePass, inside } from "../support/fake-pass.ts";

const mail = task({ id: "mail", run: async (to: string) => to });
const tick = task({ id: "tick", run: async () => 1 });

function streamOf<T>(items: readonly T[]): ReadableStream<T> {
  return new ReadableStream<T>({
    start(controller) {
      for (const item of items) controller.enqueue(item);
      controller.close();
    },
  });
}

/** A door that keeps what it is asked. */
function keepingDoor() {
  const triggers: TriggerRequest[] = [];
  const batches: (CreateBatchRequest & { readonly items: readonly BatchItemRequest[] })[] = [];
  const door = fakeDoor({
    async trigger(request) {
      triggers.push(request);
      return { id: "run_1", isCached: triggers.length > 1 };
    },
    async triggerBatch(request, items) {
      batches.push({ ...request, items: [...items] });
      return { id: "batch_1", runCount: request.runCount };
    },
  });
  return { door, triggers, batches };
}

describe("trigger", () => {
  test("asks the Worker's own door, with a new request key for each call", async () => {
    const { door, triggers } = keepingDoor();
    const first = await inside({ door }, () => mail.trigger("a", { tags: ["x"] }));
    const second = await inside({ door }, () => tasks.trigger<typeof mail>("mail", "b"));
    expect(first).toEqual({ id: "run_1", taskIdentifier: "mail", isCached: false });
    expect(second).toEqual({ id: "run_1", taskIdentifier: "mail", isCached: true });
    expect(triggers).toMatchObject([
      { task: "mail", payload: encodePacket("a"), options: { tags: ["x"] } },
      { task: "mail", payload: encodePacket("b"), options: {} },
    ]);
    expect(new Set(triggers.map(({ requestKey }) => requestKey)).size).toBe(2);
  });

  test("asks the pass inside a task, at the call", async () => {
    const pass = new FakePass();
    const triggered = inside({ pass }, () => tick.trigger(undefined, { maxAttempts: 1 }));
    expect(pass.calls).toEqual([["trigger", "tick", encodePacket(undefined), { maxAttempts: 1 }]]);
    expect(await triggered).toEqual({ id: "run_triggered", taskIdentifier: "tick", isCached: false });
  });

  test("refuses options that are not built by name, wherever they stand", async () => {
    const untyped = mail.trigger as (...parameters: unknown[]) => Promise<unknown>;
    const { door, triggers } = keepingDoor();
    const call = (...parameters: unknown[]) => inside({ door }, () => untyped(...parameters));
    await expect(call("a", { gates: {} })).rejects.toThrow('Option "gates" is not supported: there are no named');
    await expect(call("a", {}, { clientConfig: {} })).rejects.toThrow('Option "clientConfig" is not supported yet.');
    await expect(call("a", { colour: "red" })).rejects.toThrow('Option "colour" is unknown');
    expect(triggers).toEqual([]);
  });

  test("refuses a payload over the limit before it is sent", async () => {
    const { door, triggers } = keepingDoor();
    const largest = "x".repeat(LIMITS.payloadBytes);
    await inside({ door }, () => mail.trigger(largest));
    expect(triggers).toHaveLength(1);
    const refused = { name: "RunletApiError", status: 413, code: "payload_too_large" };
    const message = expect.stringContaining(`${LIMITS.payloadBytes} bytes`);
    await expect(inside({ door }, () => mail.trigger(`${largest}x`))).rejects.toMatchObject({ ...refused, message });
    await expect(inside({ door }, () => mail.trigger("é".repeat(LIMITS.payloadBytes / 2 + 1)))).rejects.toMatchObject(
      refused,
    );
    expect(triggers).toHaveLength(1);
  });
});

describe("batchTrigger", () => {
  test("gives the items with their places", async () => {
    const { door, batches } = keepingDoor();
    const items = [{ payload: "a" }, { payload: "b", options: { tags: "x" } }];
    expect(await inside({ door }, () => mail.batchTrigger(items))).toEqual({ batchId: "batch_1", runCount: 2 });
    expect(batches).toMatchObject([
      {
        runCount: 2,
        items: [
          { index: 0, task: "mail", payload: encodePacket("a"), options: {} },
          { index: 1, task: "mail", payload: encodePacket("b"), options: { tags: ["x"] } },
        ],
      },
    ]);
  });

  test("takes iterables, async iterables and streams", async () => {
    const { door, batches } = keepingDoor();
    const items = [{ payload: "a" }, { payload: "b" }];
    async function* lazily() {
      yield* items;
    }
    await inside({ door }, async () => {
      await mail.batchTrigger(new Set(items));
      await tasks.batchTrigger<typeof mail>("mail", lazily());
      await mail.batchTrigger(streamOf(items));
    });
    expect(batches.map(({ runCount, items: sent }) => [runCount, sent.length])).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
  });

  test("of several tasks is told by id or by task", async () => {
    const { door, batches } = keepingDoor();
    await inside({ door }, async () => {
      await batch.trigger<typeof mail | typeof tick>([{ id: "mail", payload: "a" }, { id: "tick" }]);
      await batch.triggerByTask([{ task: tick }, { task: mail, payload: "a" }]);
    });
    expect(batches.map(({ items }) => items.map((item) => item.task))).toEqual([
      ["mail", "tick"],
      ["tick", "mail"],
    ]);
  });

  test("asks the pass inside a task, at the call", async () => {
    const pass = new FakePass();
    const triggered = inside({ pass }, () => mail.batchTrigger([{ payload: "a" }]));
    expect(pass.calls).toEqual([["triggerBatch", [{ task: "mail", payload: encodePacket("a"), options: {} }]]]);
    expect(await triggered).toEqual({ batchId: "batch_triggered", runCount: 1 });
  });

  test("refuses no items, and more than the limit", async () => {
    const { door } = keepingDoor();
    await expect(inside({ door }, () => mail.batchTrigger([]))).rejects.toMatchObject({ code: "batch_empty" });
    const many = Array.from({ length: LIMITS.batchItems + 1 }, () => ({}));
    await expect(inside({ door }, () => tick.batchTrigger(many))).rejects.toMatchObject({
      status: 413,
      code: "batch_too_large",
      message: expect.stringContaining(`${LIMITS.batchItems} items`),
    });
    async function* endless() {
      for (;;) yield {};
    }
    await expect(inside({ door }, () => tick.batchTrigger(endless()))).rejects.toMatchObject({
      code: "batch_too_large",
    });
  });

  test("refuses the options of an item and of the batch by name", async () => {
    const { door } = keepingDoor();
    const items = [{ payload: "a", options: { gates: "q" } as object }];
    await expect(inside({ door }, () => mail.batchTrigger(items))).rejects.toThrow('Option "gates" is not supported');
    const untyped = mail.batchTrigger as (items: unknown, options: unknown) => Promise<unknown>;
    await expect(inside({ door }, () => untyped([{ payload: "a" }], { queue: "q" }))).rejects.toThrow(
      'Option "queue" is unknown: a batch takes',
    );
  });

  test("rejects with what the items throw when they are read", async () => {
    const { door } = keepingDoor();
    async function* broken() {
      yield { payload: "a" };
      throw new Error("cannot read");
    }
    await expect(inside({ door }, () => mail.batchTrigger(broken()))).rejects.toThrow("cannot read");
  });
});
