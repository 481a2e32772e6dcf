import type { NewBatchItem, Outcome, StoredOptions } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { PassDoor } from "../../sdk/lib/pass-door.ts";
import { keySegment } from "../core/address.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { farIds } from "./far-ids.ts";
import type { LocalEngine } from "./local-engine.ts";
import { childGroupName } from "./place-trigger.ts";
import type { NewRecord } from "./record-entries.ts";
import { packBySize } from "./pack-by-size.ts";
import type { Registry } from "./registry.ts";

/** A message between objects is at most 32 MiB. */
const MESSAGE_CHARACTERS = 8_000_000;

export interface PassPlace {
  readonly group: string;
  readonly n: string;
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
}

/** What a pass asks for while it executes, carried to its group. Records of one moment go in one call. */
export class GroupPassDoor implements PassDoor {
  private readonly env: Env;
  private readonly registry: Registry;
  private readonly engine: LocalEngine;
  private readonly place: PassPlace;
  private queued: { readonly record: NewRecord; readonly settle: (kept: Promise<boolean>) => void }[] = [];

  constructor(env: Env, registry: Registry, engine: LocalEngine, place: PassPlace) {
    this.env = env;
    this.registry = registry;
    this.engine = engine;
    this.place = place;
  }

  resolve(task: string, options: StoredOptions): StoredOptions {
    return this.registry.resolve(task, options);
  }

  keepStep(key: string, digest: string, outcome: Outcome): Promise<boolean> {
    return this.record({ kind: "step", key, digest, outcome });
  }

  async startElsewhere(
    key: string,
    digest: string,
    child: { task: string; payload: Packet; options: StoredOptions },
  ): Promise<string | false> {
    const far = this.far(key, "run");
    const { tags = [], maxAttempts = 1 } = child.options;
    const { task, payload } = child;
    const kept = await this.record({ kind: "trigger", key, digest, task, payload, tags, maxAttempts, ...far });
    return kept && far.id;
  }

  /** The batch is on record before its group hears of it, so that a cancellation of this run reaches it. */
  async startBatchElsewhere(key: string, digest: string, items: readonly NewBatchItem[]): Promise<string | false> {
    const far = this.far(key, "batch");
    const record = { kind: "batchTrigger", key, digest, ...far } as const;
    if (!(await this.record({ ...record, sealed: false }))) return false;
    await this.engine.openBatchAt(far.id, items.length);
    await this.engine.addBatchItems(far.id, items);
    return (await this.record({ ...record, sealed: true })) && far.id;
  }

  /** Keeps a record; true once it is durable. */
  record(record: NewRecord): Promise<boolean> {
    return new Promise((resolve) => {
      this.queued.push({ record, settle: resolve });
      if (this.queued.length === 1) queueMicrotask(() => this.send());
    });
  }

  private send(): void {
    const waiting = this.queued;
    this.queued = [];
    const { group, n, epoch } = this.place;
    for (const part of packBySize(waiting, ({ record }) => recordSize(record), MESSAGE_CHARACTERS)) {
      const records = part.map(({ record }) => record);
      const kept = callGroup(this.env, group, (stub) => stub.record(n, epoch, records));
      for (const { settle } of part) settle(kept);
    }
  }

  private far(key: string, what: "run" | "batch"): { target: string; id: string } {
    return farIds(this.env, childGroupName(this.place.id, keySegment(key, this.place.attempt)), what);
  }
}

function recordSize(record: NewRecord): number {
  if (record.kind === "step") return record.outcome.ok ? (record.outcome.output.data?.length ?? 0) : 1_000;
  return record.kind === "trigger" ? (record.payload.data?.length ?? 0) : 1_000;
}
