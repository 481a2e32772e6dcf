import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { NewDelivery, NewReplay } from "../../worker/engine/deliver.ts";
import { readDeliveries } from "../../worker/storage/delivery-index.ts";
import { COMPLETED, eventually, HeldGroup } from "../support/held-group.ts";
import { forEachSeed, Random } from "../support/random.ts";

const DAY = 86_400_000;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

const planned = (task: string) => ({ task, status: "planned", options: { tags: [], maxAttempts: 1 } }) as const;

function delivery(endpoint: string, ...tasks: string[]): NewDelivery {
  return {
    ...{ endpoint: { id: endpoint, metadata: { a: 1 } }, source: "custom", externalId: "evt_1", bodyHash: "00" },
    ...{ headers: { "x-a": "1" }, event: '{"type":"paid"}', targets: tasks.map(planned) },
  };
}

const replay = (n: string, of: string, ...tasks: string[]): NewReplay => ({
  ...{ n, of, endpoint: { id: "e" }, targets: tasks.map(planned) },
});

/** The rows of a group as `kind path`. */
const rowsOf = (group: HeldGroup): Promise<string[]> =>
  group.inside((_, { storage }) =>
    storage.sql
      .exec<{ kind: string; parent: string; seg: string }>("SELECT kind, parent, seg FROM entry ORDER BY parent, seg")
      .toArray()
      .map(({ kind, parent, seg }) => `${kind} ${parent === "" ? "" : `${parent}.`}${seg}`),
  );

const fresh = () => `endpoint-${crypto.randomUUID()}`;

const listed = (endpoint: string) =>
  readDeliveries(env.RUN_INDEX, { endpoints: [endpoint], from: 0, to: Date.now() + 100 * DAY, limit: 10 });

describe("a delivery in its group", () => {
  test("is a row with its runs below it, and dispatches them together", async () => {
    const group = await new HeldGroup().hold();
    const made = await group.stub.deliver(delivery("e", "one", "two"));
    expect(made).toEqual({ n: "d", isRepeat: false, status: "succeeded", at: expect.any(Number) });
    const rows = await rowsOf(group);
    expect(rows).toEqual(["delivery d", expect.stringMatching(/^run d\.\w+$/), expect.stringMatching(/^run d\.\w+$/)]);
    await eventually(async () => (group.dispatched.length > 0 ? true : undefined));
    expect(group.dispatched.flatMap(({ runs }) => runs).length).toBe(2);
    const { targets } = (await group.stub.retrieveDelivery("d")) ?? { targets: [] };
    const run = await group.retrieve(targets[0]?.runId?.slice(-(rows[1]?.length ?? 0) + 4) ?? "");
    expect(run).toMatchObject({ depth: 0, relatedRuns: {} });
  });

  test("gives its runs the event, the headers and the endpoint", async () => {
    const group = await new HeldGroup().hold();
    await group.stub.deliver(delivery("e", "one"));
    const [, row = ""] = await rowsOf(group);
    const { payload } = await group.claim(row.slice(4), 0);
    expect(JSON.parse(payload.data ?? "")).toEqual({
      event: { type: "paid" },
      headers: { "x-a": "1" },
      endpoint: { id: "e", metadata: { a: 1 } },
    });
  });

  test("is nothing that a group without one can do again", async () => {
    const group = await new HeldGroup().hold();
    expect(await group.stub.deliverAgain(replay("d-1", "d", "one"))).toBeNull();
    await group.start();
    expect(await group.stub.deliverAgain(replay("d-1", "d", "one"))).toBeNull();
    expect(await group.stub.retrieveDelivery("d")).toBeNull();
    expect(await group.stub.retrieveDelivery("k")).toBeNull();
  });

  test("is in the index a moment later, and goes from it with its group", async () => {
    const [endpoint, group] = [fresh(), await new HeldGroup().hold()];
    await group.stub.deliver({ ...delivery(endpoint), targets: [{ task: "one", status: "filtered" }] });
    await eventually(async () => ((await listed(endpoint)).length === 1 ? true : undefined));
    expect(await listed(endpoint)).toMatchObject([{ endpoint, status: "filtered", externalId: "evt_1" }]);
    await group.wakeAfter(29 * DAY);
    expect((await listed(endpoint)).length).toBe(1);
    await group.wakeAfter(2 * DAY);
    expect(await listed(endpoint)).toEqual([]);
    expect(await group.stub.retrieveDelivery("d")).toBeNull();
  });

  test("is found for the index after a crash before it was written", async () => {
    const [endpoint, group] = [fresh(), await new HeldGroup().hold()];
    await group.stub.deliver(delivery(endpoint));
    await group.forgetIndex();
    await evictDurableObject(group.stub);
    await group.hold();
    await group.wakeAfter(20_000);
    await eventually(async () => ((await listed(endpoint)).length === 1 ? true : undefined));
  });
});

test("whatever is delivered, repeated, replayed and lost in between, there is one run for each delivery and subscriber", async () => {
  await forEachSeed("deliveries", 4, async (seed) => {
    const random = new Random(seed);
    const group = await new HeldGroup().hold();
    const tasks = ["one", "two", "three"].slice(0, 1 + random.below(3));
    const made = new Set<string>();
    for (let i = 0; i < 25; i += 1) {
      const known = [...made];
      switch (random.below(10)) {
        case 0: {
          await evictDurableObject(group.stub);
          await group.hold();
          break;
        }
        case 1:
        case 2: {
          const n = `d-${random.below(3)}`;
          const answer = await group.stub.deliverAgain(replay(n, "d", ...tasks));
          expect(answer?.isRepeat).toBe(made.has("d") ? made.has(n) : undefined);
          if (answer !== null) made.add(n);
          break;
        }
        case 3:
        case 4: {
          const open = known.map((n) => rowsOf(group).then((rows) => rows.find((row) => row.startsWith(`run ${n}.`))));
          const [row] = await Promise.all(open);
          const [claim] = row === undefined ? [] : await group.stub.claim([{ n: row.slice(4), epoch: 0 }], `${i}`);
          if (claim !== undefined) await group.report(claim, COMPLETED);
          break;
        }
        default: {
          const { isRepeat } = await group.stub.deliver(delivery("e", ...tasks));
          expect(isRepeat).toBe(made.has("d"));
          made.add("d");
        }
      }
    }
    const rows = (await rowsOf(group)).filter((row) => /^(run|delivery) /.test(row));
    expect(rows.filter((row) => row.startsWith("delivery ")).length).toBe(made.size);
    expect(rows.filter((row) => row.startsWith("run ")).length).toBe(made.size * tasks.length);
  });
});
