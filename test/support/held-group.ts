import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Claim } from "../../sdk/lib/journal.ts";
import { runObjectSchema, type RunObject } from "../../sdk/lib/wire.ts";
import { textOf } from "../../worker/engine/tell-run.ts";
import type { Admission } from "../../worker/engine/admission.ts";
import type { PassReport, ReportAnswer } from "../../worker/engine/report-passes.ts";
import type { RunGroup } from "../../worker/objects/run-group.ts";
import type { DispatchMessage } from "../../worker/queue/message.ts";
import type { DispatchSender } from "../../worker/queue/sender.ts";

interface Insides {
  readonly memory: {
    clock: () => number;
    readonly groupIndex: { env: object };
    retention: number | undefined;
    hasTable: boolean;
    readonly dispatcher: { send: DispatchSender };
    readonly index: { readonly changed: Map<string, unknown>; timer: ReturnType<typeof setTimeout> | undefined };
  };
}

const VALUE = { data: "x", type: "text/plain" } as const;

/**
 * A run group in its real object, whose dispatches stay here and whose clock the test moves: the test is its consumer.
 * An eviction takes both away, as it does everything in memory; `hold` puts them back.
 */
export class HeldGroup {
  readonly id: DurableObjectId;
  readonly stub: DurableObjectStub<RunGroup>;
  readonly dispatched: DispatchMessage[] = [];
  private ahead = 0;

  constructor(id: DurableObjectId = env.RUN_GROUP.idFromName(`held:${crypto.randomUUID()}`)) {
    this.id = id;
    this.stub = env.RUN_GROUP.get(id);
  }

  /** Replaces queue and clock, and the index where one is given. */
  async hold(index?: D1Database): Promise<this> {
    await this.inside(({ memory }) => {
      memory.clock = () => Date.now() + this.ahead;
      memory.dispatcher.send = async (messages) => {
        this.dispatched.push(...messages);
      };
      if (index !== undefined) memory.groupIndex.env = { ...env, RUN_INDEX: index };
    });
    return this;
  }

  async start(admission: Partial<Admission> = {}): Promise<void> {
    const given = { n: "k", task: "parent", payload: VALUE, options: { tags: [], maxAttempts: 2 } } as const;
    await this.stub.start({ ...given, trigger: "trigger", ...admission });
  }

  async claim(n: string, epoch: number): Promise<Claim> {
    const [claim] = await this.stub.claim([{ n, epoch }], crypto.randomUUID());
    if (claim === undefined) throw new Error(`${n} could not be claimed.`);
    return claim;
  }

  async report({ n, epoch }: Pick<Claim, "n" | "epoch">, end: PassReport["end"], take = 50): Promise<ReportAnswer> {
    return this.stub.report([{ n, epoch, end, logs: [], logged: 0 }], take, crypto.randomUUID(), false);
  }

  async retrieve(n: string): Promise<RunObject> {
    const run = await this.stub.retrieve(n, 0, true);
    if (run === null) throw new Error(`There is no ${n}.`);
    return runObjectSchema.parse(JSON.parse(textOf(run)));
  }

  /** Lets time pass and the alarm fire. The dispatches that this brings about. */
  async wakeAfter(ms: number): Promise<DispatchMessage[]> {
    this.ahead += ms;
    this.dispatched.length = 0;
    await runDurableObjectAlarm(this.stub);
    return this.dispatched;
  }

  /** Takes from the group's memory what it was to write into the index, as a crash does. */
  forgetIndex(): Promise<void> {
    return this.inside(({ memory: { index } }) => {
      clearTimeout(index.timer);
      index.timer = undefined;
      index.changed.clear();
    });
  }

  inside<T>(look: (insides: Insides, state: DurableObjectState) => T | Promise<T>): Promise<T> {
    return runInDurableObject(this.stub, (object, state) => look(object as unknown as Insides, state));
  }
}

export const COMPLETED: PassReport["end"] = { type: "completed", output: VALUE };

/** A wait for a run of `task`, as a pass reports it. */
export function waitFor(task: string, payload = VALUE as Admission["payload"]) {
  const origin = { key: `run:${task}#0`, digest: "d", task, payload };
  return { kind: "run", ...origin, options: { maxAttempts: 1 } } as const;
}

/** Asks until `look` gives something. */
export async function eventually<T>(look: () => Promise<T | undefined>, ms = 10_000): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end;) {
    const found = await look();
    if (found !== undefined) return found;
    await scheduler.wait(20);
  }
  throw new Error(`Nothing has come of it in ${ms} ms.`);
}
