import type { ReplayCall } from "../../sdk/lib/door.ts";
import type { NewBatchItem, Outcome, StoredOptions } from "../../sdk/lib/journal.ts";
import { notesSize, type NewNotes } from "../../sdk/lib/notes.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Detachable, Kept, KeptAlong, PassDoor } from "../../sdk/lib/pass-door.ts";
import { depthOf, joinPath, keySegment, MAX_LOCAL_DEPTH, OWN_ROOT } from "../core/address.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { FarGroups, type Far } from "./far-groups.ts";
import type { LocalEngine } from "./local-engine.ts";
import type { Origin } from "./new-run.ts";
import type { NewDeed, NewRecord } from "./record-entries.ts";
import { requestOf } from "./request-of.ts";
import { withDefaults } from "./report-passes.ts";
import { waitSize } from "./report-size.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { planReplay } from "./replay-run.ts";
import type { Registry } from "./registry.ts";

/** A message between objects is at most 32 MiB. */
const MESSAGE_CHARACTERS = 8_000_000;

export interface PassPlace {
  readonly group: string;
  readonly n: string;
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  /** The lineage of what it triggers. */
  readonly origin: Origin;
}

interface Queued {
  readonly record: NewRecord;
  readonly resolve: (kept: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** What a pass asks for while it executes, carried to its group. Records that are asked for while a call is under way go in the next. */
export class GroupPassDoor implements PassDoor {
  private readonly env: Env;
  private readonly registry: Registry;
  private readonly engine: LocalEngine;
  private readonly place: PassPlace;
  private queued: Queued[] = [];
  private readonly far: FarGroups;
  private readonly refused: () => void;
  private isSending = false;
  private order = 0;

  /** `refused` is called when the group keeps nothing more of this pass: its run was canceled, or is another's. */
  constructor(env: Env, registry: Registry, engine: LocalEngine, place: PassPlace, refused: () => void) {
    this.env = env;
    this.registry = registry;
    this.engine = engine;
    this.place = place;
    this.far = new FarGroups(env);
    this.refused = refused;
  }

  resolve(task: string, options: StoredOptions): StoredOptions {
    return this.registry.resolve(task, options);
  }

  /** A batch that is waited for is always in the group of its run. */
  idOf(kind: "run" | "batch", key: string, madeIn: number): string {
    const { id, n } = this.place;
    if (kind === "run" && depthOf(n) >= MAX_LOCAL_DEPTH) return this.far.child(id, keySegment(key, madeIn), kind).id;
    return joinPath(id.replace(/^run/, kind), keySegment(key, madeIn));
  }

  async keepStep(key: string, digest: string, outcome: Outcome, along: KeptAlong = {}): Promise<Kept | false> {
    const order = this.nextOrder();
    return (await this.record({ kind: "step", key, digest, order, outcome, ...along })) && { order };
  }

  keepNotes(notes: NewNotes): Promise<boolean> {
    return this.record({ kind: "notes", notes });
  }

  async startElsewhere(
    key: string,
    digest: string,
    { task, payload, options: given }: { task: string; payload: Packet; options: StoredOptions },
    madeIn = this.place.attempt,
  ): Promise<(Kept & { id: string; isCached: boolean }) | false> {
    const options = withDefaults(given);
    const shared = this.far.shared(task, options);
    if (shared !== undefined) return this.startShared({ key, digest, task, payload, options, madeIn }, shared);
    const order = this.nextOrder();
    const far = this.far.child(this.place.id, keySegment(key, madeIn));
    const deed = { kind: "trigger", key, digest, madeIn, task, payload, options, ...far } as const;
    return (await this.record({ ...deed, order, sealed: true })) && { order, id: far.id, isCached: false };
  }

  /** On record before it is asked for, so that a cancellation of this run reaches it; and again when it is known. */
  private async startShared(
    what: Pick<NewDeed & { kind: "trigger" }, "key" | "digest" | "task" | "payload" | "options" | "madeIn">,
    far: Far,
  ): Promise<(Kept & { id: string; isCached: boolean }) | false> {
    const { group, n, origin } = this.place;
    const { task, payload, options } = what;
    if (!(await this.record({ ...what, ...far, kind: "trigger", order: 0, sealed: false }))) return false;
    const request = requestOf(group, joinPath(n, keySegment(what.key, what.madeIn)));
    const { n: found, isCached } = await callGroup(this.env, far.target, (stub) =>
      stub.start({ n: OWN_ROOT, task, payload, options, origin, trigger: "trigger", request }),
    );
    const id = formatId("run", encodeGroup(far.target), found);
    const order = this.nextOrder();
    const sealed = { ...what, target: far.target, id, kind: "trigger", order, sealed: true, isCached } as const;
    return (await this.record(sealed)) && { order, id, isCached };
  }

  /** As a batch below: on record before its group hears of it. What it remembers is too much for the record. */
  async replayElsewhere(
    key: string,
    digest: string,
    call: ReplayCall,
    madeIn = this.place.attempt,
  ): Promise<(Kept & { id: string }) | false> {
    const plan = await planReplay(this.env, this.registry, call);
    const { task, options } = plan;
    const { group, id, n, origin } = this.place;
    const seg = keySegment(key, madeIn);
    const shared = this.far.shared(task, options);
    const far = shared ?? this.far.child(id, seg);
    const record = { kind: "trigger", key, digest, madeIn, task, payload: NO_PAYLOAD, options, ...far } as const;
    if (!(await this.record({ ...record, order: 0, sealed: false }))) return false;
    const request = shared === undefined ? {} : { request: requestOf(group, joinPath(n, seg)) };
    const start = { n: OWN_ROOT, ...plan, trigger: "trigger", origin, ...request } as const;
    const { n: found } = await callGroup(this.env, far.target, (stub) => stub.start(start));
    const replay = formatId("run", encodeGroup(far.target), found);
    const order = this.nextOrder();
    return (await this.record({ ...record, id: replay, order, sealed: true })) && { order, id: replay };
  }

  /** The batch is on record before its group hears of it, so that a cancellation of this run reaches it. */
  async startBatchElsewhere(
    key: string,
    digest: string,
    items: readonly NewBatchItem[],
    how: Detachable,
    madeIn = this.place.attempt,
  ): Promise<(Kept & { id: string }) | false> {
    const far = this.far.child(this.place.id, keySegment(key, madeIn), "batch");
    const record = { kind: "batchTrigger", key, digest, madeIn, ...how, ...far } as const;
    if (!(await this.record({ ...record, order: 0, sealed: false }))) return false;
    try {
      await this.engine.openBatchAt(far.id, items.length, this.place.origin);
      await this.engine.addBatchItems(far.id, items);
    } catch (error) {
      // The one that an earlier attempt has begun was given up meanwhile: this attempt begins its own.
      const isGone = error instanceof RunletApiError && error.code === "batch_aborted";
      if (!isGone || madeIn === this.place.attempt) throw error;
      return this.startBatchElsewhere(key, digest, items, how, this.place.attempt);
    }
    const order = this.nextOrder();
    return (await this.record({ ...record, order, sealed: true })) && { order, id: far.id };
  }

  /** Keeps a record; true once it is durable. Answers come in the order of the calls. */
  record(record: NewRecord): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.queued.push({ record, resolve, reject });
      if (!this.isSending) void this.send();
    });
  }

  /** One call at a time, everything that is asked for meanwhile in the next. */
  private async send(): Promise<void> {
    this.isSending = true;
    await Promise.resolve();
    while (this.queued.length > 0) {
      const waiting = this.queued;
      this.queued = [];
      for (const part of packBySize(waiting, ({ record }) => recordSize(record), MESSAGE_CHARACTERS)) {
        await this.sendPart(part);
      }
    }
    this.isSending = false;
  }

  private async sendPart(part: readonly Queued[]): Promise<void> {
    const { group, n, epoch } = this.place;
    const records = part.map(({ record }) => record);
    try {
      const kept = await callGroup(this.env, group, (stub) => stub.record(n, epoch, records));
      for (const { resolve } of part) resolve(kept);
      if (!kept) this.refused();
    } catch (error) {
      for (const { reject } of part) reject(error);
    }
  }

  private nextOrder(): number {
    this.order += 1;
    return this.order;
  }
}

function recordSize(record: NewRecord): number {
  switch (record.kind) {
    case "step": {
      const { outcome, notes } = record;
      return notesSize(notes) + (outcome.ok ? 1_000 + (outcome.output.data?.length ?? 0) : 50_000);
    }
    case "child":
      return 1_000 + waitSize(record.wait);
    case "trigger":
      return 1_000 + (record.payload.data?.length ?? 0) + (record.options.metadata?.length ?? 0);
    case "notes":
      return 1_000 + notesSize(record.notes);
    case "items":
    case "batchTrigger":
      return 1_000;
  }
}

const NO_PAYLOAD: Packet = { type: "application/json" };
