import { createHash } from "node:crypto";
import { LocalEngine } from "../../worker/engine/local-engine.ts";
import { deploy } from "../../worker/engine/deployment.ts";
import type { QueueApi } from "../../worker/engine/queue-api.ts";
import type { Registry } from "../../worker/engine/registry.ts";
import type { Env } from "../../worker/env.ts";
import { IndexGatherer } from "../../worker/objects/index-gatherer.ts";
import { QueueKeeper } from "../../worker/objects/queue-keeper.ts";
import { RunGroup } from "../../worker/objects/run-group.ts";
import { ScheduleKeeper } from "../../worker/objects/schedule-keeper.ts";
import type { Faults } from "./faults.ts";
import type { Random } from "./random.ts";
import { SimulatedDisk, type WrittenRow } from "./simulated-disk.ts";
import { SimulatedIndex } from "./simulated-index.ts";
import { SimulatedQueue } from "./simulated-queue.ts";
import { Process, type VirtualTime } from "./virtual-time.ts";

export interface Witness {
  committed(group: string, rows: readonly WrittenRow[]): void;
  /** A method of a group is about to be carried out. */
  asked(group: string, method: string, parameters: readonly unknown[]): void;
  /** A method of a group has been carried out, whether or not its caller will hear of it. */
  answered(group: string, method: string, parameters: readonly unknown[], result: unknown): void;
  /** The answer has reached the process that asked. */
  heard(process: Process, group: string, method: string, result: unknown): void;
  note(line: string): void;
}

interface Loaded {
  readonly process: Process;
  readonly object: object;
  readonly ready: Promise<unknown>;
  /** Rejects the calls that are under way when the object dies. */
  readonly callers: Set<() => void>;
}

type Kind = "group" | "gatherer" | "keeper" | "schedule";

type Method = (...parameters: unknown[]) => unknown;

/** Cloudflare in one thread: objects that sleep, crash and come back, calls and messages that get lost, alarms, an index. */
export class SimulatedPlatform {
  readonly time: VirtualTime;
  readonly faults: Faults;
  readonly random: Random;
  readonly disks = new Map<string, SimulatedDisk>();
  readonly index: SimulatedIndex;
  readonly queue: SimulatedQueue;
  private readonly registry: Registry;
  private readonly witness: Witness;
  private readonly loaded = new Map<string, Loaded>();

  constructor(time: VirtualTime, faults: Faults, random: Random, registry: Registry, witness: Witness) {
    this.time = time;
    this.faults = faults;
    this.random = random;
    this.registry = registry;
    this.witness = witness;
    this.index = new SimulatedIndex(time, faults);
    this.queue = new SimulatedQueue(this, registry);
    deploy(registry);
  }

  /** The platform as a client in the Worker sees it, which does not crash. */
  client(): LocalEngine {
    return new LocalEngine(this.envOf(new Process("client")), this.registry, "EU", true);
  }

  /** The object of a queue with limits, as that client sees it. */
  keeper(name: string): QueueApi {
    return this.envOf(new Process("client")).QUEUE_KEEPER.getByName(name);
  }

  envOf(process: Process): Env {
    const namespace = (kind: "group" | "gatherer" | "schedule") => ({
      idFromName: (name: string) => idOf(createHash("sha256").update(name).digest("hex")),
      idFromString: idOf,
      get: (id: { toString(): string }) => this.stub(process, kind, id.toString()),
    });
    const env = {
      RUN_GROUP: namespace("group"),
      INDEX_GATHERER: namespace("gatherer"),
      SCHEDULE_KEEPER: namespace("schedule"),
      QUEUE_KEEPER: { getByName: (name: string) => this.stub(process, "keeper", name) },
      RUN_QUEUE: this.queue.senderFor(process),
      RUN_INDEX: this.index.databaseFor(process),
      // A history is over when nothing is left to happen.
      RUNLET_RETENTION_DAYS: "0",
    };
    return env as unknown as Env;
  }

  /** Takes the memory of a process away. The world outside learns of it by calls that fail. */
  kill(process: Process): void {
    if (!process.isAlive) return;
    this.witness.note(`${process.name} dies`);
    process.isAlive = false;
    for (const [key, { process: its, callers }] of this.loaded) {
      if (its !== process) continue;
      this.loaded.delete(key);
      for (const fail of callers) fail();
    }
  }

  killAnyObject(): void {
    const all = [...this.loaded.values()];
    if (all.length > 0) this.kill(this.random.pick(all).process);
  }

  close(): void {
    for (const disk of this.disks.values()) disk.sql.close();
    this.index.close();
  }

  private stub(from: Process, kind: Kind, id: string): object {
    return new Proxy(
      {},
      {
        get:
          (_, method: string) =>
          (...parameters: unknown[]) =>
            this.call(from, `${kind}:${id}`, method, structuredClone(parameters)),
      },
    );
  }

  private call(from: Process, key: string, method: string, parameters: unknown[]): Promise<unknown> {
    if (from.isAlive && this.faults.crash()) this.kill(from);
    if (!from.isAlive) return NEVER;
    return new Promise((resolve, reject) => {
      const fault = this.faults.call();
      if (fault !== "none") this.witness.note(`${from.name}: ${method} at ${short(key)} has its ${fault}`);
      let isAnswered = false;
      const answer = (act: () => void): void => {
        if (isAnswered) return;
        isAnswered = true;
        this.time.after(this.faults.delay(), () => {
          if (from.isAlive) act();
        });
      };
      const fail = (): void => answer(() => reject(this.networkError()));
      const reply = (result: unknown): void => {
        if (fault === "reply lost") return fail();
        const copy: unknown = structuredClone(result);
        answer(() => {
          this.witness.heard(from, key, method, copy);
          resolve(copy);
        });
      };
      this.time.after(this.faults.delay(), () => {
        if (fault === "lost") fail();
        else
          void this.carryOut(key, method, parameters, fail).then(reply, (error: unknown) =>
            answer(() => reject(error)),
          );
      });
    });
  }

  private async carryOut(key: string, method: string, parameters: unknown[], fail: () => void): Promise<unknown> {
    const loaded = this.load(key);
    loaded.callers.add(fail);
    await loaded.ready;
    this.witness.asked(key, method, parameters);
    try {
      const result = await this.time.inside(loaded.process, () =>
        (loaded.object as Record<string, Method>)[method]?.(...parameters),
      );
      if (!loaded.process.isAlive) return await NEVER;
      this.witness.answered(key, method, parameters, result);
      if (this.faults.crash()) this.kill(loaded.process);
      return result;
    } catch (error) {
      if (!loaded.process.isAlive) return await NEVER;
      throw error;
    } finally {
      loaded.callers.delete(fail);
    }
  }

  private load(key: string): Loaded {
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    const process = new Process(short(key));
    const [kind, id] = [key.slice(0, key.indexOf(":")) as Kind, key.slice(key.indexOf(":") + 1)];
    const { state, holder } = this.stateOf(key, process, kind === "keeper" ? named(id) : idOf(id));
    const object = this.time.inside(process, () => new CLASSES[kind](state, this.envOf(process)));
    const loaded = { process, object, ready: holder.ready, callers: new Set<() => void>() };
    this.loaded.set(key, loaded);
    return loaded;
  }

  private stateOf(key: string, process: Process, id: { toString(): string }) {
    const disk = this.disks.get(key) ?? this.newDisk(key);
    const holder = disk.stateFor(process, id);
    return { state: holder.state, holder };
  }

  private newDisk(key: string): SimulatedDisk {
    const disk: SimulatedDisk = new SimulatedDisk({
      committed: (rows) => this.witness.committed(key, rows),
      alarmSet: (at) => {
        if (at !== null) this.expectAlarm(key, disk, at);
      },
      moment: (process) => {
        if (this.faults.crash()) this.kill(process);
      },
    });
    this.disks.set(key, disk);
    return disk;
  }

  private expectAlarm(key: string, disk: SimulatedDisk, at: number): void {
    this.time.at(at + this.faults.alarmDelay(), () => {
      if (disk.alarm === at) void this.fireAlarm(key, disk);
    });
  }

  private async fireAlarm(key: string, disk: SimulatedDisk): Promise<void> {
    disk.alarm = null;
    const again = (): void => {
      const soon = this.time.now + 2_000;
      if (disk.alarm !== null && disk.alarm <= soon) return;
      disk.alarm = soon;
      this.expectAlarm(key, disk, soon);
    };
    const { process, object, ready, callers } = this.load(key);
    // An alarm whose handler did not come to its end is fired again.
    callers.add(again);
    await ready;
    await this.time.inside(process, () => (object as RunGroup).alarm());
    callers.delete(again);
    if (process.isAlive && this.faults.alarmComesTwice()) again();
  }

  private networkError(): Error {
    const error = new Error("Network connection lost.");
    return this.faults.mayRetry() ? Object.assign(error, { retryable: true }) : error;
  }
}

const CLASSES = { group: RunGroup, gatherer: IndexGatherer, keeper: QueueKeeper, schedule: ScheduleKeeper };

function named(name: string): { readonly name: string; toString(): string } {
  return { name, toString: () => name };
}

function idOf(hex: string): { toString(): string } {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new TypeError("Not an id of this namespace.");
  return { toString: () => hex };
}

function short(key: string): string {
  return key.slice(0, key.indexOf(":") + 7);
}

const NEVER = new Promise<never>(() => undefined);
