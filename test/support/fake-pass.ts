import { AsyncLocalStorage } from "node:async_hooks";
import type { Door, ReplayCall } from "../../sdk/lib/door.ts";
import type { Outcome, RunOutcome } from "../../sdk/lib/journal.ts";
import type { Notes } from "../../sdk/lib/notes.ts";
import { encodePacket, type Packet } from "../../sdk/lib/packet.ts";
import { provideSurroundings, type PassContext, type Surroundings } from "../../sdk/lib/pass-context.ts";
import { Stands } from "../../sdk/lib/stands.ts";

/** What a fake pass was asked, in order: the call, or "awaited" once somebody has asked for a wait's result. */
export type PassCall = readonly [call: string, ...parameters: unknown[]];

/** A pass that answers each wait with `outcome`, and keeps what it was asked. */
export class FakePass implements PassContext {
  readonly calls: PassCall[] = [];
  readonly ctx: PassContext["ctx"] = {
    run: {
      id: "run_parent",
      tags: [],
      isTest: false,
      isReplay: false,
      createdAt: new Date(0),
      startedAt: new Date(0),
      maxAttempts: 3,
    },
    attempt: { number: 1, startedAt: new Date(0) },
    queue: { name: "task/a" },
    task: { id: "parent" },
  };
  readonly signal = new AbortController().signal;
  readonly locals = new Map<string, unknown>();
  readonly notes: Notes = {
    metadata: {},
    change: (...change) => this.calls.push(["change", ...change]),
    addTags: (tags) => this.calls.push(["addTags", tags]),
    flush: async () => void this.calls.push(["flush"]),
    inStep: () => this.notes,
  };
  readonly stands = new Stands();
  readonly #outcome: Outcome;

  constructor(outcome: Outcome = { ok: true, output: encodePacket("done") }) {
    this.#outcome = outcome;
  }

  refusalOfWait(): undefined {
    return undefined;
  }

  waitForRun(task: string, payload: Packet, options: unknown): PromiseLike<RunOutcome> {
    this.calls.push(["waitForRun", task, payload, options]);
    return this.#settled({ id: "run_child", task, outcome: this.#outcome });
  }

  waitForBatch(items: readonly { readonly task: string; readonly payload: Packet }[]) {
    this.calls.push(["waitForBatch", items]);
    const runs = items.map(({ task, payload }, n) => ({
      id: `run_${n}`,
      task,
      outcome: { ok: true as const, output: payload },
    }));
    return this.#settled({ id: "batch_child", runs });
  }

  waitForToken(id: string): PromiseLike<Outcome> {
    this.calls.push(["waitForToken", id]);
    return this.#settled(this.#outcome);
  }

  waitForTime(until: number): PromiseLike<void> {
    this.calls.push(["waitForTime", until]);
    return this.#settled(undefined);
  }

  async trigger(task: string, payload: Packet, options: unknown): Promise<{ id: string }> {
    this.calls.push(["trigger", task, payload, options]);
    return { id: "run_triggered" };
  }

  async triggerBatch(items: readonly unknown[]): Promise<{ id: string; runCount: number }> {
    this.calls.push(["triggerBatch", items]);
    return { id: "batch_triggered", runCount: items.length };
  }

  async replay(call: ReplayCall): Promise<{ id: string }> {
    this.calls.push(["replay", call]);
    return { id: "run_replayed" };
  }

  async step(name: string, fn: (key: string) => unknown): Promise<Outcome> {
    this.calls.push(["step", name]);
    try {
      return { ok: true, output: encodePacket(await fn(`step:${name}#0`)) };
    } catch (error) {
      const { name: kind, message } = error as Error;
      return { ok: false, error: { name: kind, message } };
    }
  }

  log(line: unknown): void {
    this.calls.push(["log", line]);
  }

  /** Settled at once, and tells when it is asked. */
  #settled<T>(value: T): PromiseLike<T> {
    const { calls } = this;
    const settled = Promise.resolve(value);
    return {
      then(onFulfilled, onRejected) {
        calls.push(["awaited"]);
        return settled.then(onFulfilled, onRejected);
      },
    };
  }
}

/** A door that is not expected to be asked, but for the methods given. */
export function fakeDoor(methods: Partial<Door> = {}): Door {
  const refuse = (method: string) => () =>
    Promise.reject(new Error(`The door was not expected to be asked: ${method}.`));
  return {
    trigger: refuse("trigger"),
    triggerBatch: refuse("triggerBatch"),
    retrieveRun: refuse("retrieveRun"),
    retrieveBatch: refuse("retrieveBatch"),
    listRuns: refuse("listRuns"),
    cancelRun: refuse("cancelRun"),
    replayRun: refuse("replayRun"),
    rescheduleRun: refuse("rescheduleRun"),
    resetKey: refuse("resetKey"),
    createToken: refuse("createToken"),
    completeToken: refuse("completeToken"),
    retrieveToken: refuse("retrieveToken"),
    listTokens: refuse("listTokens"),
    readEvents: refuse("readEvents"),
    traceRun: refuse("traceRun"),
    addTags: refuse("addTags"),
    schedules: {
      create: refuse("schedules.create"),
      retrieve: refuse("schedules.retrieve"),
      list: refuse("schedules.list"),
      listAfter: refuse("schedules.listAfter"),
      update: refuse("schedules.update"),
      setActive: refuse("schedules.setActive"),
      delete: refuse("schedules.delete"),
      timezones: refuse("schedules.timezones"),
    },
    bulk: {
      create: refuse("bulk.create"),
      retrieve: refuse("bulk.retrieve"),
      abort: refuse("bulk.abort"),
      list: refuse("bulk.list"),
    },
    readLogs: refuse("readLogs"),
    webhooks: {
      listDeliveries: refuse("webhooks.listDeliveries"),
      retrieveDelivery: refuse("webhooks.retrieveDelivery"),
      replayDelivery: refuse("webhooks.replayDelivery"),
      createWaiter: refuse("webhooks.createWaiter"),
      listEndpoints: refuse("webhooks.listEndpoints"),
      retrieveEndpoint: refuse("webhooks.retrieveEndpoint"),
    },
    queues: {
      list: refuse("queues.list"),
      retrieve: refuse("queues.retrieve"),
      pause: refuse("queues.pause"),
      limit: refuse("queues.limit"),
    },
    ...methods,
  };
}

const storage = new AsyncLocalStorage<Surroundings>();
provideSurroundings(storage);

/** Calls `fn` as code of a run, or of the Worker's own fetch where there is no pass. */
export function inside<T>(surroundings: { readonly pass?: PassContext; readonly door?: Door }, fn: () => T): T {
  return storage.run({ door: fakeDoor(), ...surroundings }, fn);
}
