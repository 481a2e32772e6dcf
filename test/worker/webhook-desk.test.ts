import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import type { ToldDelivery } from "../../worker/engine/desk-api.ts";
import type { WebhookDesk } from "../../worker/objects/webhook-desk.ts";
import { eventually } from "../support/held-group.ts";
import { forEachSeed, Random } from "../support/random.ts";

const HOUR = 3_600_000;

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

interface Insides {
  clock: () => number;
  env: object;
  readonly store: { sql: Pick<SqlStorage, "exec"> };
}

/** The desk of an endpoint of its own, whose clock the test moves and whose way to other objects it can block. */
class Desk {
  readonly stub: DurableObjectStub<WebhookDesk> = env.WEBHOOK_DESK.getByName(crypto.randomUUID());
  private ahead = 0;

  inside<T>(look: (insides: Insides, state: DurableObjectState) => T | Promise<T>): Promise<T> {
    return runInDurableObject(this.stub, (object, state) => look(object as unknown as Insides, state));
  }

  /** After this the groups of tokens are away, or there again. */
  block(isAway: boolean): Promise<void> {
    const away = () => {
      throw new Error("away");
    };
    return this.inside((insides) => {
      insides.clock = () => Date.now() + this.ahead;
      insides.env = isAway ? { ...env, RUN_GROUP: { idFromString: away } } : env;
    });
  }

  async wakeAfter(ms: number): Promise<void> {
    this.ahead += ms;
    await this.inside((insides) => {
      insides.clock = () => Date.now() + this.ahead;
    });
    await runDurableObjectAlarm(this.stub);
  }

  wait(token: string, match: Record<string, string>, run = token): Promise<void> {
    return this.stub.wait({ token, run, match, until: Date.now() + this.ahead + HOUR });
  }

  tables(): Promise<number> {
    return this.inside((_, { storage }) => storage.sql.exec("SELECT name FROM sqlite_master").toArray().length);
  }

  rows(table: "waiter" | "recent" | "given"): Promise<unknown[]> {
    return this.inside((_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray());
  }
}

function told(name: string, event: object): ToldDelivery {
  const body = JSON.stringify({ event, headers: {}, deliveryId: name });
  return { id: name, at: Date.now(), windowMs: 60_000, body };
}

async function makeToken(): Promise<string> {
  const id = env.RUN_GROUP.idFromName(`token:${crypto.randomUUID()}`);
  const { n } = await env.RUN_GROUP.get(id).createToken({ request: "r", tags: [] });
  return formatId("waitpoint", encodeGroup(id.toString()), n);
}

/** The name of the delivery that a token was completed with. */
async function givenTo(token: string): Promise<string | undefined> {
  const group = env.RUN_GROUP.get(env.RUN_GROUP.idFromString(groupOf(token)));
  const found = await group.retrieveToken("t");
  return found?.output === undefined ? undefined : (JSON.parse(found.output) as { deliveryId: string }).deliveryId;
}

function groupOf(token: string): string {
  const bytes = atob(token.slice(10, 53).replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(bytes, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

describe("a desk", () => {
  test("gives an event to those who wait for it, and not to others", async () => {
    const desk = new Desk();
    const [fits, any, other] = [await makeToken(), await makeToken(), await makeToken()];
    await desk.wait(fits, { "a.b": "1", c: "2" });
    await desk.wait(any, {});
    await desk.wait(other, { c: "3" });
    await desk.stub.tell(told("d1", { a: { b: "1" }, c: "2" }));
    await eventually(() => givenTo(fits));
    await eventually(() => givenTo(any));
    expect([await givenTo(other), (await desk.rows("waiter")).length]).toEqual([undefined, 1]);
  });

  test("gives one who begins to wait the oldest event of the window that the run was not given", async () => {
    const desk = new Desk();
    const tokens = [await makeToken(), await makeToken(), await makeToken()];
    await desk.stub.tell({ ...told("d1", { c: "2" }), at: Date.now() - 2_000 });
    await desk.stub.tell({ ...told("d2", { c: "2" }), at: Date.now() - 1_000 });
    for (const token of tokens) await desk.wait(token, { c: "2" }, "one run");
    await eventually(() => givenTo(tokens[1] ?? ""));
    expect(await Promise.all(tokens.map(givenTo))).toEqual(["d1", "d2", undefined]);
  });

  test("gives nothing that came before the window", async () => {
    const [desk, token] = [new Desk(), await makeToken()];
    await desk.stub.tell({ ...told("d1", { c: "2" }), at: Date.now() - 61_000 });
    await desk.wait(token, { c: "2" });
    expect((await desk.rows("waiter")).length).toBe(1);
  });

  test("gives nothing more to a token that is asked for again", async () => {
    const [desk, token] = [new Desk(), await makeToken()];
    await desk.wait(token, { c: "2" });
    await desk.wait(token, { c: "2" });
    await desk.stub.tell(told("d1", { c: "2" }));
    await desk.stub.tell(told("d2", { c: "2" }));
    await desk.wait(token, { c: "2" });
    await eventually(() => givenTo(token));
    expect([(await desk.rows("given")).length, (await desk.rows("waiter")).length]).toEqual([1, 0]);
  });

  test("owes what it could not give, through a crash and the end of the window, and pays it once", async () => {
    const [desk, token] = [new Desk(), await makeToken()];
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
    const desk = new Desk();
    await desk.wait(await makeToken(), { c: "2" });
    await desk.stub.tell(told("d1", { c: "3" }));
    await desk.wakeAfter(2 * HOUR);
    expect(await desk.tables()).toBe(0);
    await desk.wait(await makeToken(), { c: "2" });
    expect((await desk.rows("waiter")).length).toBe(1);
  });

  test("looks at no waiter that waits for something else", async () => {
    const desk = new Desk();
    for (let i = 0; i < 300; i += 1) await desk.wait(`token ${i}`, { c: `${i}` });
    const read = await desk.inside(async (insides, { storage: { sql } }) => {
      const seen: { readonly rowsRead: number }[] = [];
      insides.store.sql = {
        exec<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) {
          const cursor = sql.exec<T>(query, ...bindings);
          if (query.includes("FROM waiter WHERE shape")) seen.push(cursor);
          return cursor;
        },
      };
      await (insides as unknown as WebhookDesk).tell(told("d1", { c: "nothing" }));
      return seen.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
    });
    expect(read).toBeLessThan(10);
  });
});

test("whatever is waited for, told, told again and lost in between: no run gets one delivery twice, none gets too few", async () => {
  await forEachSeed("desks", 3, async (seed) => {
    const random = new Random(seed);
    const desk = new Desk();
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
