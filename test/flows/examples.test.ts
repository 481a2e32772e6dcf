import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { makeAlbum } from "../../examples/album.ts";
import { shipOrder } from "../../examples/order.ts";
import { morningReport, remind, signUp } from "../../examples/reminders.ts";
import { fanOut, greet } from "../../examples/tasks.ts";
import { awaitCharge } from "../../examples/webhooks.ts";
import { runs, schedules, webhooks, type LogEntry, type ScheduledTaskPayload } from "../../sdk/index.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";
import { connect, finish, fresh, outputOf } from "./api.ts";
import { post, show, type Taken } from "./webhook-calls.ts";

// The tasks of examples/, which are those that worker/tasks.ts begins with. examples/embedded has tests of its own.

beforeAll(connect);

test("parents wait for their children, one after the other and all at once", async () => {
  expect(await outputOf(await greet.trigger({ names: ["Ada", "Bob"] }))).toEqual(["Hello, Ada!", "Hello, Bob!"]);
  expect(await outputOf(await fanOut.trigger({ words: ["one", "three"] }))).toBe(8);
  const photos = [1, 2].map((megapixels) => ({ name: "cat.jpg", megapixels }));
  expect(await outputOf(await makeAlbum.trigger({ pages: [photos, photos] }))).toBe(540);
});

test("the card is charged once, however often the courier has to be called", async () => {
  const handle = await shipOrder.trigger({ order: "A-1", courierFailures: 1 });
  expect(await outputOf(handle)).toMatchObject({ attempts: 2 });
  const messages = ["charged the card", "the courier does not answer", "the courier has it"];
  expect(await messagesOf(handle.id)).toEqual(messages);
});

describe("schedules", () => {
  const payload: ScheduledTaskPayload = {
    ...{ scheduleId: "sched_by-hand", type: "IMPERATIVE", timezone: "Asia/Tokyo", externalId: "Ada" },
    timestamp: new Date("2026-06-01T23:00:00Z"),
    upcoming: [new Date("2026-06-02T23:00:00Z")],
  };

  test("the morning report tells since when and until when", async () => {
    const handle = await morningReport.trigger({ ...payload, lastTimestamp: new Date("2026-05-29T23:00:00Z") });
    expect(await outputOf(handle)).toEqual({ until: payload.timestamp });
    const [line] = await logsOf(handle.id);
    expect(line?.fields).toEqual({ from: "2026-05-29T23:00:00.000Z", to: "2026-06-01T23:00:00.000Z" });
  });

  test("the morning report is scheduled as soon as it is deployed", async () => {
    await expect
      .poll(async () => (await schedules.list()).data.find(({ task }) => task === "morning-report"), {
        timeout: 20_000,
      })
      .toMatchObject({ type: "DECLARATIVE", active: true, timezone: "Europe/Berlin" });
  });

  test("each user has a reminder, once, at the user's own time", async () => {
    expect(await outputOf(await remind.trigger(payload))).toBe("Ada, it is 08:00");
    const user = fresh("user");
    const sign = async (timezone: string) =>
      (await outputOf(await signUp.trigger({ user, timezone }))) as { scheduleId: string };
    const { scheduleId } = await sign("Asia/Tokyo");
    expect(await sign("America/New_York")).toEqual({ scheduleId });
    const schedule = await schedules.retrieve(scheduleId);
    expect(schedule).toMatchObject({ task: "remind", externalId: user, timezone: "America/New_York", overlap: "skip" });
    expect(schedule.nextRun).toBeInstanceOf(Date);
    expect(await schedules.del(scheduleId)).toEqual({ id: scheduleId });
  });
});

describe("webhooks", () => {
  const { GITHUB_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET, SHOP_WEBHOOK_SECRET } = WEBHOOK_SECRETS;
  const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");

  async function send(endpoint: string, body: string, headers: Record<string, string>): Promise<Taken> {
    const response = await post(endpoint, { body, headers: { "content-type": "application/json", ...headers } });
    expect(response.status).toBe(200);
    return response.json<Taken>();
  }

  const push = (ref: string) => {
    const body = JSON.stringify({ ref, after: "1f3870be274f6c49b3e31a0c6728957f" });
    return send("repository", body, {
      "x-github-event": "push",
      "x-github-delivery": fresh("delivery"),
      "x-hub-signature-256": `sha256=${hmac(GITHUB_WEBHOOK_SECRET, body)}`,
    });
  };

  const settle = (type: string, charge: string) => {
    const body = JSON.stringify({ id: fresh("evt"), type, data: { object: { id: charge } } });
    const time = Math.floor(Date.now() / 1000);
    const signature = hmac(STRIPE_WEBHOOK_SECRET, `${time}.${body}`);
    return send("charges", body, { "stripe-signature": `t=${time},v1=${signature}` });
  };

  test("of GitHub build what is pushed to the main branch, and nothing else", async () => {
    expect((await push("refs/heads/try")).status).toBe("filtered");
    const [run] = await runsOf(await push("refs/heads/main"));
    expect(await messagesOf(run ?? "")).toEqual(["built"]);
  });

  test("of Stripe book a charge, and are given to the run that waits for it", async () => {
    const charge = fresh("ch");
    const waiting = await awaitCharge.trigger({ charge });
    await expect.poll(async () => (await runs.retrieve(waiting)).status, { timeout: 20_000 }).toBe("WAITING");
    const [run] = await runsOf(await settle("charge.succeeded", charge));
    expect(await messagesOf(run ?? "")).toEqual(["booked"]);
    expect(await outputOf(waiting)).toBe("charge.succeeded");
  });

  test("of Stripe are given to a run that begins to wait afterwards, whatever its filter says of them", async () => {
    const charge = fresh("ch");
    expect((await settle("charge.failed", charge)).status).toBe("filtered");
    expect(await outputOf(await awaitCharge.trigger({ charge }))).toBe("charge.failed");
  });

  test("of a shop pack what was paid, and wait before they go on", async () => {
    const body = JSON.stringify({ type: "order.paid", order: "A-1" });
    const headers = {
      "x-shop-signature": `sha256=${hmac(SHOP_WEBHOOK_SECRET, body)}`,
      "x-shop-delivery": fresh("delivery"),
    };
    const [run] = await runsOf(await send("shop", body, headers));
    expect(await messagesOf(run ?? "")).toEqual(["packed", "asked for a review"]);
  });

  test("are listed as endpoints, with who is subscribed", async () => {
    const subscribed = async (id: string) =>
      (await webhooks.endpoints.retrieve(id)).subscribers.map(({ taskId }) => taskId);
    expect(await subscribed("repository")).toEqual(["build-site"]);
    expect(await subscribed("charges")).toEqual(["book-charge"]);
    expect(await subscribed("shop")).toEqual(["pack-order"]);
  });
});

async function runsOf({ id, status }: Taken): Promise<string[]> {
  expect(status).toBe("succeeded");
  return (await show(id)).targets.map(({ runId }) => runId);
}

async function logsOf(run: string): Promise<LogEntry[]> {
  expect((await finish(run)).status).toBe("COMPLETED");
  const lines: LogEntry[] = [];
  for await (const line of runs.logs(run)) lines.push(line);
  return lines;
}

async function messagesOf(run: string): Promise<string[]> {
  return (await logsOf(run)).map(({ message }) => message);
}
