import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import type { ToldDelivery } from "../../worker/engine/desk-api.ts";
import type { WebhookDesk } from "../../worker/objects/webhook-desk.ts";

export const HOUR = 3_600_000;

type Turn = (desk: WebhookDesk, storage: DurableObjectStorage) => Promise<void>;

interface Insides {
  clock: () => number;
  env: object;
  readonly store: { sql: Pick<SqlStorage, "exec"> };
}

/** The desk of an endpoint of its own, whose clock the test moves and whose way to other objects it can block. */
export class HeldDesk {
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

  /** Nobody wakes it. */
  async letPass(ms: number): Promise<void> {
    this.ahead += ms;
    await this.inside((insides) => {
      insides.clock = () => Date.now() + this.ahead;
    });
  }

  async wakeAfter(ms: number): Promise<void> {
    await this.letPass(ms);
    await runDurableObjectAlarm(this.stub);
  }

  wait(token: string, match: Record<string, string>, run = token): Promise<void> {
    return this.stub.wait({ token, run, match, until: Date.now() + this.ahead + HOUR });
  }

  tables(): Promise<number> {
    return this.inside((_, { storage }) => storage.sql.exec("SELECT name FROM sqlite_master").toArray().length);
  }

  rows(table: "waiter" | "recent" | "given" | "owed"): Promise<unknown[]> {
    return this.inside((_, { storage }) => storage.sql.exec(`SELECT * FROM ${table}`).toArray());
  }

  /** The tokens of those who wait. */
  async waiting(): Promise<string[]> {
    const waiters = (await this.rows("waiter")) as { readonly token: string; readonly shape: string | null }[];
    return waiters.flatMap(({ token, shape }) => (shape === null ? [] : [token]));
  }

  /** How long until it is woken, ms. */
  alarmIn(): Promise<number> {
    return this.inside(async ({ clock }, { storage }) => ((await storage.getAlarm()) ?? Infinity) - clock());
  }

  /** How many rows a turn reads, paying aside: of all its statements, or of those that hold `part`. */
  async rowsRead(turn: Turn, part = ""): Promise<number> {
    return (await this.count(turn, part)).reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  }

  async rowsWritten(turn: Turn): Promise<number> {
    return (await this.count(turn, "")).reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
  }

  private count(turn: Turn, part: string) {
    return this.inside(async (insides, { storage }) => {
      const { sql } = storage;
      const cursors: { readonly rowsRead: number; readonly rowsWritten: number }[] = [];
      insides.store.sql = {
        exec<T extends Record<string, SqlStorageValue>>(query: string, ...bindings: unknown[]) {
          const cursor = sql.exec<T>(query, ...bindings);
          if (query.includes(part)) cursors.push(cursor);
          return cursor;
        },
      };
      await turn(insides as unknown as WebhookDesk, storage);
      insides.store.sql = sql;
      return cursors.map(({ rowsRead, rowsWritten }) => ({ rowsRead, rowsWritten }));
    });
  }
}

/** A delivery as the desk is told of it, made just now. */
export function told(name: string, event: object): ToldDelivery {
  const body = JSON.stringify({ event, headers: {}, deliveryId: name });
  return { id: name, at: Date.now(), windowMs: 60_000, body };
}

export async function makeToken(): Promise<string> {
  const id = env.RUN_GROUP.idFromName(`token:${crypto.randomUUID()}`);
  const { n } = await env.RUN_GROUP.get(id).createToken({ request: "r", tags: [] });
  return formatId("waitpoint", encodeGroup(id.toString()), n);
}

/** The name of the delivery that a token was completed with. */
export async function givenTo(token: string): Promise<string | undefined> {
  const group = env.RUN_GROUP.get(env.RUN_GROUP.idFromString(groupOf(token)));
  const found = await group.retrieveToken("t");
  return found?.output === undefined ? undefined : (JSON.parse(found.output) as { deliveryId: string }).deliveryId;
}

function groupOf(token: string): string {
  const bytes = atob(token.slice(10, 53).replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(bytes, (char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
