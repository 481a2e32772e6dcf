import { beforeEach, describe, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import type { Door } from "../../sdk/lib/door.ts";
import { RunCanceledError } from "../../sdk/lib/errors.ts";
import type { TaskHooks } from "../../sdk/lib/hooks.ts";
import { task } from "../../sdk/lib/task.ts";
import { wait } from "../../sdk/lib/wait.ts";
import { webhooks } from "../../sdk/lib/webhooks.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";
import { payments } from "../support/tasks-webhooks.ts";

const ask = task({ id: "ask", run: (question: string) => question });

/** The request keys that the platform was asked with, in order. */
const asked: string[] = [];
const take = async ({ requestKey }: { requestKey: string }) => {
  asked.push(requestKey);
  const id = `made for ${requestKey}`;
  return { id, deliveryId: id };
};
const door = {
  createToken: take,
  bulk: { create: take },
  webhooks: { replayDelivery: take, createWaiter: take },
} as unknown as Door;

beforeEach(() => void (asked.length = 0));

const MAKERS: [string, () => Promise<{ readonly id: string }>][] = [
  ["wait.createToken", () => wait.createToken()],
  ["runs.bulk.cancel", () => runs.bulk.cancel({ runIds: ["run_9"] })],
  ["webhooks.deliveries.replay", async () => ({ id: (await webhooks.deliveries.replay("delivery_1")).deliveryId })],
];

function rehearse(run: () => unknown, hooks: TaskHooks = {}): Rehearsal {
  return new Rehearsal(run, hooks, door);
}

describe.each(MAKERS)("%s", (_, make) => {
  test("makes one for each call, once, in a task and its hooks", async () => {
    const ids: string[] = [];
    const noted = async () => void ids.push((await make()).id);
    const run = rehearse(
      async () => {
        await ask.triggerAndWait("q");
        await noted();
        await noted();
        await ask.triggerAndWait("q");
        return "done";
      },
      {
        onStartAttempt: noted,
        onResume: noted,
        onWait: noted,
        onSuccess: noted,
        middleware: async ({ next }) => {
          await noted();
          await next();
        },
      },
    );
    await run.suspends();
    run.settle("run:ask#0", 1);
    await run.suspends();
    run.settle("run:ask#1", 1);
    await run.completes();
    expect(new Set(asked).size).toBe(asked.length);
    // Middleware 1; onStartAttempt 1; onWait 2; onResume 2; onSuccess 1; the function 2.
    expect(asked).toHaveLength(9);
    expect(new Set(ids)).toEqual(new Set(asked.map((key) => `made for ${key}`)));
  });

  test("makes another one in onStartAttempt of another attempt, and not in the function", async () => {
    const run = rehearse(
      async () => {
        await make();
        throw new Error("again");
      },
      { onStartAttempt: () => make().then(() => undefined) },
    );
    await run.fails();
    run.nextAttempt();
    await run.fails();
    expect(asked).toHaveLength(3);
    expect(new Set(asked).size).toBe(3);
  });

  test("asks with the same key where it is not known whether it was made", async () => {
    const run = rehearse(() => make().then(({ id }) => id));
    const { keepStep } = run.door;
    run.door.keepStep = () => Promise.reject(new Error("lost"));
    await run.fails();
    run.door.keepStep = keepStep;
    run.nextAttempt();
    await run.completes();
    expect(asked).toHaveLength(2);
    expect(new Set(asked).size).toBe(1);
  });

  test("makes one for each call in onCancel", async () => {
    const run = rehearse(
      async () => {
        setTimeout(() => run.aborter.abort(new RunCanceledError("The run was canceled.")));
        await outside(5);
      },
      {
        onCancel: async () => {
          await make();
          await make();
        },
      },
    );
    await run.pass();
    expect(new Set(asked).size).toBe(2);
  });
});

describe("a wait that makes something first", () => {
  test.each([
    ["a time with a key", () => wait.for({ hours: 1, idempotencyKey: "k" })],
    ["a webhook", () => wait.forWebhook(payments)],
  ])("is refused in a hook before it makes anything: %s", async (_, begin) => {
    const run = rehearse(() => "done", { onStartAttempt: () => begin().then(() => undefined) });
    expect((await run.fails()).error).toMatchObject({ name: "OutsideTaskError" });
    expect(asked).toEqual([]);
    expect(run.asked).toEqual([]);
  });
});

describe("wait.forWebhook", () => {
  const LATE = { ok: false, error: { name: "WaitpointTimeoutError", message: "late" } } as const;
  const came = async () => {
    const result = await wait.forWebhook<{ n: number }>(payments as never);
    if (!result.ok) throw result.error;
    return result.output.event.n;
  };

  test("that was in vain in an attempt is tried anew in the next, and stays in vain within it", async () => {
    const run = rehearse(came);
    run.extra = { attemptStartedAt: 0 };
    expect(await run.suspends()).toEqual(["token:#0"]);
    run.settleToken("token:#0", LATE);
    await run.fails();
    run.nextAttempt();
    run.extra = { attemptStartedAt: Date.UTC(2027, 0, 1) };
    expect(await run.suspends()).toEqual(["token:#0"]);
    expect(await run.suspends()).toEqual([]);
    expect(new Set(asked).size).toBe(2);
    run.settleToken("token:#0", LATE);
    await run.fails();
    run.nextAttempt();
    run.extra = { attemptStartedAt: Date.UTC(2028, 0, 1) };
    expect(await run.suspends()).toEqual(["token:#0"]);
    expect(new Set(asked).size).toBe(3);
    expect(asked).toHaveLength(3);
  });

  test("that was begun in an earlier attempt and is in vain in this one is borne by it, in each pass", async () => {
    const run = rehearse(async () => {
      const event = came();
      if (run.attempt === 1) await ask.triggerAndWait("q").unwrap();
      return event.catch((error: Error) => error.name);
    });
    await run.suspends();
    await run.suspends();
    run.settleWith("run:ask#0", { ok: false, error: { name: "Error", message: "again" } });
    await run.fails();
    run.nextAttempt();
    await run.suspends();
    run.settleToken("token:#0", LATE);
    expect(await run.completes()).toBe("WaitpointTimeoutError");
    expect(asked).toHaveLength(1);
  });
});
