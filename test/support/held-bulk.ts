import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { BulkActionObject } from "../../sdk/lib/wire.ts";
import { formatBulkId } from "../../worker/core/ids.ts";
import type { BulkPlan } from "../../worker/engine/bulk-api.ts";
import type { Env } from "../../worker/env.ts";
import type { BulkAction } from "../../worker/objects/bulk-action.ts";
import { eventually } from "./held-group.ts";

interface Insides {
  readonly memory: { clock: () => number; env: object; retention: number | undefined };
}

/**
 * A bulk action in its real object, whose clock the test moves: it stands an hour ahead, so that alarms are the test's alone. An
 * eviction takes the clock away, as it does everything in memory; `hold` puts it back.
 */
export class HeldBulk {
  readonly id: string;
  private readonly object: DurableObjectId;
  private ahead = 3_600_000;

  constructor(object: DurableObjectId = env.BULK_ACTION.idFromName(crypto.randomUUID())) {
    this.object = object;
    this.id = formatBulkId(object.toString());
  }

  /** A new one each time: a crash breaks those that there are. */
  get stub(): DurableObjectStub<BulkAction> {
    return env.BULK_ACTION.get(this.object);
  }

  /** Moves the clock, and replaces bindings. */
  async hold(bindings: Partial<Env> = {}): Promise<this> {
    await this.inside(({ memory }) => {
      memory.clock = () => Date.now() + this.ahead;
      memory.env = { ...env, ...bindings };
    });
    return this;
  }

  /** Replaces bindings and leaves the clock, and with it the alarms, as they are. */
  async bind(bindings: Partial<Env>): Promise<this> {
    await this.inside(({ memory }) => (memory.env = { ...env, ...bindings }));
    return this;
  }

  async begin(plan: BulkPlan): Promise<this> {
    await this.stub.create(plan);
    return this;
  }

  async describe(): Promise<BulkActionObject> {
    const found: BulkActionObject | null = await this.stub.describe();
    if (found === null) throw new Error("There is no such action.");
    return found;
  }

  /** Lets time pass and the alarm fire. What the action is then. */
  async wakeAfter(ms = 1): Promise<BulkActionObject> {
    this.ahead += ms;
    await runDurableObjectAlarm(this.stub);
    return this.describe();
  }

  /** Lets the alarm fire until the action is over. */
  async finish(): Promise<BulkActionObject> {
    for (let wakes = 0; wakes < 100; wakes += 1) {
      const action = await this.wakeAfter(2_000);
      if (action.status !== "PENDING") return action;
    }
    throw new Error("The action does not end.");
  }

  /** The end of an action whose alarms fire by themselves. */
  ended(): Promise<BulkActionObject> {
    return eventually(async () => {
      const action = await this.describe();
      return action.status === "PENDING" ? undefined : action;
    });
  }

  /** Takes the object away between two events. */
  evict(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  /** Takes it away in the middle of what it does. */
  async crash(): Promise<void> {
    await this.inside((_, state) => state.abort("a crash")).catch(() => undefined);
  }

  inside<T>(look: (insides: Insides, state: DurableObjectState) => T | Promise<T>): Promise<T> {
    return runInDurableObject(this.stub, (object, state) => look(object as unknown as Insides, state));
  }
}

/** The run groups, of which calls from number `from` on, counted from 0, never come back, or until they are let through. */
export class GatedGroups {
  calls = 0;
  private readonly from: number;
  private isOpen = false;

  constructor(from: number) {
    this.from = from;
  }

  letThrough(): void {
    this.isOpen = true;
  }

  /** Resolves once calls are held. */
  reached(): Promise<true> {
    return eventually(async () => (this.calls > this.from ? true : undefined));
  }

  get namespace(): Env["RUN_GROUP"] {
    return watched((call) => this.pass(call));
  }

  private async pass(call: () => Promise<unknown>): Promise<unknown> {
    const number = this.calls++;
    while (number >= this.from && !this.isOpen) await scheduler.wait(5);
    return call();
  }
}

/** The run groups, each call of which goes through `pass`. */
export function watched(pass: (call: () => Promise<unknown>) => Promise<unknown>): Env["RUN_GROUP"] {
  return new Proxy(env.RUN_GROUP, {
    get(groups, name) {
      if (name !== "get") return (groups[name as keyof typeof groups] as (text: string) => unknown).bind(groups);
      return (id: DurableObjectId) =>
        new Proxy(groups.get(id), {
          get:
            (stub, method) =>
            (...parameters: unknown[]) => {
              const methods = stub as unknown as Record<string | symbol, (...given: unknown[]) => Promise<unknown>>;
              return pass(async () => methods[method]?.(...parameters));
            },
        });
    },
  });
}
