import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { RunEvent } from "../../sdk/lib/event-wire.ts";
import { callGroup, unwrapAnswer } from "../../worker/engine/call-group.ts";
import { COMPLETED, HeldGroup, waitFor } from "../support/held-group.ts";

const lines = (count: number, from: number) =>
  Array.from({ length: count }, (_, i) => ({ at: from + i, level: "info" as const, message: `line ${from + i}` }));

async function eventsOf(group: HeldGroup, n: string): Promise<{ events: RunEvent[]; pages: number }> {
  const events: RunEvent[] = [];
  let pages = 0;
  for (let after: string | undefined; ;) {
    const from = after;
    const answer = await callGroup(env, group.id.toString(), (stub) => stub.events(n, from));
    const page = unwrapAnswer(answer);
    if (page === null) throw new RunletApiError(404, "run_not_found", n);
    events.push(...page.events);
    pages += 1;
    after = page.pagination.next;
    if (after === undefined) return { events, pages };
  }
}

test("events come in pages, each of them once, log lines of many passes among them", async () => {
  const group = await new HeldGroup().hold();
  await group.start();
  const first = await group.claim("k", 0);
  const wait = { type: "suspended", waits: [waitFor("add")] } as const;
  const { n, epoch } = first;
  const { claims } = await group.stub.report(
    [{ n, epoch, end: wait, logs: lines(700, 1_000), logged: 700 }],
    50,
    "c",
    false,
  );
  for (const claim of claims) await group.report(claim, COMPLETED, 0);
  const second = await group.claim("k", 1);
  const last = { n, epoch: second.epoch, end: COMPLETED, logs: lines(900, 2_000), logged: 1_600 };
  await group.stub.report([last], 0, "c", false);

  const { events, pages } = await eventsOf(group, "k");
  expect(pages).toBe(4);
  const logged = events.filter(({ type }) => type === "log").map(({ message }) => message);
  expect(logged).toEqual([...lines(700, 1_000), ...lines(900, 2_000)].map(({ message }) => message));
  expect(events.filter(({ type }) => type !== "log").map(({ type }) => type)).toEqual([
    ...["run.triggered", "run.queued", "run.started", "attempt.started"],
    ...["wait.started", "wait.completed", "attempt.completed", "run.ended"],
  ]);
});

test("a trace shows so many spans and says that there are more", async () => {
  const group = await new HeldGroup().hold();
  await group.start();
  const { n, epoch } = await group.claim("k", 0);
  await group.stub.report([{ n, epoch, end: COMPLETED, logs: lines(3_000, 1_000), logged: 3_000 }], 0, "c", false);
  const { trace } = JSON.parse((await group.stub.readTrace("k")) ?? "{}");
  expect(trace.rootSpan.data.properties).toMatchObject({ truncated: true });
  expect(trace.rootSpan.children[0].children.length).toBe(1_998);
  expect(await group.stub.readTrace("k0")).toBeNull();
});
