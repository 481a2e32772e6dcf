import { evictDurableObject } from "cloudflare:test";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { ToldDelivery } from "../../worker/engine/desk-api.ts";
import { givenTo, HeldDesk, HOUR, makeToken, told } from "../support/held-desk.ts";
import { eventually } from "../support/held-group.ts";
import { forEachSeed, Random } from "../support/random.ts";

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("a desk", () => {
  test("gives an event to those who wait for it, and not to others", async () => {
    const desk = new HeldDesk();
    const [fits, any, other] = [await makeToken(), await makeToken(), await makeToken()];
    await desk.wait(fits, { "a.b": "1", c: "2" });
    await desk.wait(any, {});
    await desk.wait(other, { c: "3" });
    await desk.stub.tell(told("d1", { a: { b: "1" }, c: "2" }));
    await eventually(() => givenTo(fits));
    await eventually(() => givenTo(any));
    expect([await givenTo(other), await desk.waiting()]).toEqual([undefined, [other]]);
  });

  test("gives one who begins to wait the oldest event of the window that the run was not given", async () => {
    const desk = new HeldDesk();
    const tokens = [await makeToken(), await makeToken(), await makeToken()];
    await desk.stub.tell({ ...told("d1", { c: "2" }), at: Date.now() - 2_000 });
    await desk.stub.tell({ ...told("d2", { c: "2" }), at: Date.now() - 1_000 });
    for (const token of tokens) await desk.wait(token, { c: "2" }, "one run");
    await eventually(() => givenTo(tokens[1] ?? ""));
    expect(await Promise.all(tokens.map(givenTo))).toEqual(["d1", "d2", undefined]);
  });

  test("gives nothing that came before the window", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    await desk.stub.tell({ ...told("d1", { c: "2" }), at: Date.now() - 61_000 });
    await desk.wait(token, { c: "2" });
    expect(await desk.waiting()).toEqual([token]);
  });

  test("gives nothing more to a token that is asked for again", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    await desk.wait(token, { c: "2" });
    await desk.wait(token, { c: "2" });
    await desk.stub.tell(told("d1", { c: "2" }));
    await desk.stub.tell(told("d2", { c: "2" }));
    await desk.wait(token, { c: "2" });
    await eventually(() => givenTo(token));
    expect([(await desk.rows("given")).length, await desk.waiting()]).toEqual([1, []]);
  });

  test("owes what it could not give, through a crash and the end of the window, and pays it once", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    await desk.wait(token, { c: "2" });
    await desk.block(true);
    await desk.stub.tell(told("d1", { c: "2", large: "x".repeat(1_200_000) }));
    await evictDurableObject(desk.stub);
    await desk.block(true);
    await desk.wakeAfter(10 * 60_000);
    expect([await givenTo(token), (await desk.rows("recent")).length]).toEqual([undefined, 3]);
    await desk.block(false);
    await desk.wakeAfter(60 * 60_000);
    expect(await givenTo(token)).toBe("d1");
    await desk.wakeAfter(1);
    expect(await desk.rows("recent")).toEqual([]);
  });

  test("is given up by those whose time is over, and deletes itself when it has nothing left", async () => {
    const desk = new HeldDesk();
    await desk.wait(await makeToken(), { c: "2" });
    await desk.stub.tell(told("d1", { c: "3" }));
    await desk.wakeAfter(2 * HOUR);
    expect(await desk.tables()).toBe(0);
    const token = await makeToken();
    await desk.wait(token, { c: "2" });
    expect(await desk.waiting()).toEqual([token]);
  });

  test("looks at no waiter that waits for something else", async () => {
    const desk = new HeldDesk();
    for (let i = 0; i < 300; i += 1) await desk.wait(`token ${i}`, { c: `${i}` });
    const read = await desk.rowsRead((object) => object.tell(told("d1", { c: "nothing" })), "FROM waiter WHERE shape");
    expect(read).toBeLessThan(10);
  });

  test("gives an event to the wait of a run that began last, wherever in the event each of them looks", async () => {
    const desk = new HeldDesk();
    const tokens = [await makeToken(), await makeToken(), await makeToken()];
    const matches: Record<string, string>[] = [{ c: "2" }, { c: "2", d: "3" }, { c: "2" }];
    for (const [i, token] of tokens.entries()) {
      await desk.wait(token, matches[i] ?? {}, "one run");
      await desk.letPass(1);
    }
    await desk.stub.tell(told("d1", { c: "2", d: "3" }));
    await eventually(() => givenTo(tokens[2] ?? ""));
    await desk.stub.tell(told("d2", { c: "2", d: "3" }));
    await eventually(() => givenTo(tokens[1] ?? ""));
    expect(await Promise.all(tokens.map(givenTo))).toEqual([undefined, "d2", "d1"]);
  });

  test("gives nothing to one whose time is over, whether it was woken since or not", async () => {
    const [desk, late, next] = [new HeldDesk(), await makeToken(), await makeToken()];
    await desk.wait(late, { c: "2" }, "one run");
    await desk.letPass(HOUR);
    await desk.stub.tell({ ...told("d1", { c: "2" }), at: Date.now() + HOUR });
    expect(await desk.rows("given")).toEqual([]);
    await desk.wait(next, { c: "2" }, "one run");
    await eventually(() => givenTo(next));
    expect(await Promise.all([late, next].map(givenTo))).toEqual([undefined, "d1"]);
  });

  test("knows for ten minutes what it was told, however short the window", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    const delivery = { ...told("d1", { c: "2" }), windowMs: 1_000 };
    await desk.stub.tell(delivery);
    await desk.wakeAfter(9 * 60_000);
    await desk.wait(token, { c: "2" });
    await desk.stub.tell(delivery);
    expect([await desk.waiting(), (await desk.rows("recent")).length]).toEqual([[token], 1]);
    await desk.wakeAfter(2 * 60_000);
    expect(await desk.rows("recent")).toEqual([]);
  });

  test("looks through so many characters of what came before, the last event in any case", async () => {
    const large = "x".repeat(3_000_000);
    const events: ToldDelivery[] = [{ c: "1" }, { c: "2" }, { c: "3", large }, { c: "4", large }].map((event, i) => ({
      ...told(`d${i}`, event),
      at: Date.now() - 1_000 + i,
    }));
    const desk = new HeldDesk();
    for (const event of events) await desk.stub.tell(event);
    const [near, last] = [await makeToken(), await makeToken()];
    await desk.wait(near, { c: "3" });
    await eventually(() => givenTo(near));
    await desk.stub.tell({ ...told("d5", { c: "5", large: large + large }), at: Date.now() });
    await desk.wait(last, { c: "5" });
    await eventually(() => givenTo(last));
    const far = await makeToken();
    await desk.wait(far, { c: "3" });
    expect(await desk.waiting()).toEqual([far]);
  });

  test("reads as little in a turn when ten thousand wait and were given something as when it is new", async () => {
    const readBy = async (others: number) => {
      const desk = new HeldDesk();
      await desk.wait("a token", { c: "2" }, "a run");
      await desk.inside((_, { storage: { sql } }) => {
        const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${others})`;
        const far = Date.now() + HOUR;
        sql.exec(
          `INSERT INTO waiter SELECT 'w' || i, 'r' || i, '["c"]', '["' || i || 'x"]', 1, ${far} FROM (${numbers} SELECT i FROM n)`,
        );
        sql.exec(
          `INSERT INTO waiter SELECT 's' || i, 'a run', NULL, NULL, 1, ${far} FROM (${numbers} SELECT i FROM n)`,
        );
        sql.exec(`INSERT INTO given SELECT 'a run', 'd' || i, ${far} FROM (${numbers} SELECT i FROM n)`);
      });
      const waiter = { token: "another", run: "a run", match: { c: "3" }, until: Date.now() + HOUR };
      return [
        await desk.rowsRead((object) => object.tell(told("d", { c: "nothing" }))),
        await desk.rowsRead((object) => object.wait(waiter)),
        await desk.rowsRead((object) => object.tell(told("e", { c: "2" }))),
      ];
    };
    const few = await readBy(1);
    expect(await readBy(10_000)).toEqual(few);
    expect(Math.max(...few)).toBeLessThan(20);
  });

  test("is woken for what it owes, and else when something is over", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    await desk.block(true);
    await desk.wait(token, { c: "2" });
    expect(await desk.alarmIn()).toBeGreaterThan(HOUR - 60_000);
    await desk.stub.tell(told("d1", { c: "3" }));
    expect(await desk.alarmIn()).toBeGreaterThan(9 * 60_000);
    await desk.stub.tell(told("d2", { c: "2" }));
    expect(await desk.alarmIn()).toBeLessThan(60_000);
    await desk.wakeAfter(60_000);
    expect([await givenTo(token), (await desk.alarmIn()) < 10 * 60_000]).toEqual([undefined, true]);
    await desk.block(false);
    await desk.wakeAfter(60_000);
    expect([await givenTo(token), await desk.rows("owed")]).toEqual(["d2", []]);
    expect(await desk.alarmIn()).toBeGreaterThan(5 * 60_000);
  });

  test("writes eight rows for a wait that is over, the delivery aside", async () => {
    const [desk, token] = [new HeldDesk(), await makeToken()];
    await desk.stub.tell(told("d0", { c: "1" }));
    const waits = await desk.rowsWritten((object) =>
      object.wait({ token, run: "r", match: { c: "2" }, until: Date.now() + HOUR }),
    );
    const tells = await desk.rowsWritten(async (object, { sql }) => {
      await object.tell(told("d1", { c: "2" }));
      await eventually(async () => (sql.exec("SELECT * FROM owed").toArray().length === 0 ? true : undefined));
    });
    await desk.letPass(25 * HOUR);
    const over = await desk.rowsWritten((object) => object.alarm());
    // A row for each delivery that is told, and one when it is over.
    expect([waits, tells - 1, over - 2]).toEqual([2, 4, 2]);
    expect(await desk.tables()).toBe(0);
  });

  test("is swept once in a minute at most, whatever it is woken for", async () => {
    const desk = new HeldDesk();
    for (let i = 0; i < 100; i += 1) await desk.wait(`token ${i}`, { c: `${i}` });
    await desk.wakeAfter(0);
    await desk.stub.tell({ ...told("d1", { c: "nothing" }), windowMs: 1_000 });
    expect(await desk.rowsRead((object) => object.alarm())).toBeLessThan(20);
    await desk.letPass(10 * 60_000);
    expect(await desk.rowsRead((object) => object.alarm())).toBeGreaterThan(100);
    expect([(await desk.waiting()).length, await desk.rows("recent")]).toEqual([100, []]);
  });
});

test("whatever is waited for, told, told again and lost in between: no run gets one delivery twice, none gets too few", async () => {
  await forEachSeed("desks", 3, async (seed) => {
    const random = new Random(seed);
    const desk = new HeldDesk();
    const tokens: { readonly run: string; readonly token: string }[] = [];
    const deliveries: ToldDelivery[] = [];
    for (let i = 0; i < 30; i += 1) {
      const step = random.below(12);
      if (step === 0) {
        await desk.block(false);
        await evictDurableObject(desk.stub);
      } else if (step < 5) {
        const waiter = { run: `run ${random.below(2)}`, token: await makeToken() };
        tokens.push(waiter);
        for (let n = 0; n <= random.below(2); n += 1) await desk.wait(waiter.token, { c: "2" }, waiter.run);
      } else {
        const again = random.chance(0.3) ? deliveries[random.below(deliveries.length)] : undefined;
        const delivery = again ?? { ...told(`d${i}`, { c: "2" }), at: Date.now() + i };
        if (again === undefined) deliveries.push(delivery);
        await desk.stub.tell(delivery);
      }
    }
    for (const run of ["run 0", "run 1"]) {
      const own = tokens.filter((one) => one.run === run);
      const count = Math.min(own.length, deliveries.length);
      const given = await eventually(async () => {
        const all = (await Promise.all(own.map(({ token }) => givenTo(token)))).filter((name) => name !== undefined);
        return all.length >= count ? all : undefined;
      });
      expect([given.length, new Set(given).size]).toEqual([count, count]);
    }
  });
});
