import type { Claim, JournalEntry, Outcome, RunOutcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { BatchObject, FinalStatus, LogPage, RunObject, TokenObject } from "../../sdk/lib/wire.ts";
import type { EventPage } from "../../sdk/lib/event-wire.ts";
import type { Delivery } from "../core/letter.ts";
import type { TriggerFunction } from "../core/run.ts";
import type { Grant, ToldWish } from "../core/wish.ts";
import type { Admission, Admitted } from "./admission.ts";
import type { Cancellation } from "./cancel-run.ts";
import type { Search } from "./find-run.ts";
import type { Delivered, NewDelivery, NewReplay } from "./deliver.ts";
import type { StoredDelivery } from "./describe-delivery.ts";
import type { Filled, FilledItem, KeyedBatch, OpenedBatch } from "./fill-batch.ts";
import type { MetadataRequest } from "./change-metadata.ts";
import type { RelatedRun } from "./describe-run.ts";
import type { Origin } from "./new-run.ts";
import type { Blueprint } from "./replay-run.ts";
import type { NewRecord } from "./record-entries.ts";
import type { ToldRun, ToldRuns } from "./tell-run.ts";
import type { CreatedToken, TokenCreation } from "./tokens.ts";
import type { PassReport, ReportAnswer } from "./report-passes.ts";

/** A refusal travels as a value: an error's class and fields do not survive the way between objects. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string };

export interface BatchCreation {
  readonly n: string;
  readonly runCount: number;
  readonly origin?: Origin;
  /** With an idempotency key: how it is held if no other batch holds it. */
  readonly keyed?: KeyedBatch;
}

/** A run that its consumer no longer holds; `status` when it is final. */
export interface Gone {
  readonly n: string;
  readonly status?: FinalStatus;
}

/** What a run group answers to. Every call may be made twice. */
export interface GroupApi {
  /** Makes the run unless it is there. */
  start(admission: Admission): Promise<Admitted>;
  /** The run that `start` would find; null where it would make one. Changes nothing. */
  find(search: Search): Promise<Admitted | null>;
  /** The batch as it was created first. `isCached`: another request has made it, and sealed it. */
  createBatch(creation: BatchCreation): Promise<OpenedBatch>;
  createToken(creation: TokenCreation): Promise<CreatedToken>;
  /** False when there is no such token. */
  completeToken(n: string, data: Packet): Promise<boolean>;
  retrieveToken(n: string): Promise<Omit<TokenObject, "url"> | null>;
  /** The entry `path` of the group waits for the token. False when there is none. */
  awaitToken(n: string, group: string, path: string): Promise<boolean>;
  /** Keeps a webhook delivery and makes its runs, unless it is there. */
  deliver(delivery: NewDelivery): Promise<Delivered>;
  /** Makes a replay of a delivery, unless it is there; null when there is no such delivery. */
  deliverAgain(replay: NewReplay): Promise<Delivered | null>;
  retrieveDelivery(n: string): Promise<StoredDelivery | null>;
  /** False when no run holds the key of this group. */
  resetKey(): Promise<boolean>;
  /** Adds items; with `seal`, seals the batch if all of them are here. */
  addItems(
    n: string,
    items: readonly FilledItem[],
    trigger: TriggerFunction,
    seal: boolean,
  ): Promise<Answer<Filled & { readonly sealed: boolean }>>;
  /** `call` names this call: made again, it is answered with the same claims. */
  claim(runs: readonly { n: string; epoch: number }[], call: string): Promise<Claim[]>;
  /** The claim of a run that the caller holds, whole; null when it holds it no longer. */
  reload(n: string, epoch: number): Promise<Claim | null>;
  journal(n: string, epoch: number, after: string): Promise<{ entries: JournalEntry[]; after?: string } | null>;
  /** Outcomes of a batch that `n` waits for, from the item `after` on; null when the caller holds the run no longer. */
  items(
    n: string,
    epoch: number,
    batch: string,
    after: number,
  ): Promise<{ readonly items: RunOutcome[]; readonly after?: number } | null>;
  /** The runs were given slots by their queue; answers what those want instead that have no use for them. */
  grant(grants: readonly Grant[]): Promise<ToldWish[]>;
  /** `call` names this call. Made `again`, it is answered with all claims that it has been given. */
  report(passes: readonly PassReport[], take: number, call: string, again: boolean): Promise<ReportAnswer>;
  /** False when the run is no longer this pass's. */
  record(n: string, epoch: number, records: readonly NewRecord[]): Promise<boolean>;
  /** Prolongs leases; answers which runs the caller no longer holds. */
  renew(runs: readonly { n: string; epoch: number }[]): Promise<Gone[]>;
  /** With `waitMs`, once the run is final or that time is over. */
  retrieve(n: string, waitMs: number, packets: boolean): Promise<ToldRun | null>;
  /** Several runs, as `tellRuns` tells of them: with `waitMs`, once the last of them is final or that time is over. */
  retrieveAll(ns: readonly string[], waitMs: number, packets: boolean): Promise<ToldRuns>;
  /** The run without its values and relatives. */
  summary(n: string): Promise<RelatedRun | null>;
  retrieveBatch(n: string): Promise<BatchObject | null>;
  /** Null when there is no such run. */
  cancel(n: string): Promise<Cancellation | null>;
  /** The run with its new delay; null when there is no such run. */
  reschedule(n: string, delay: string, packets: boolean): Promise<Answer<RunObject | null>>;
  /** What to make the run of again, with its journal before `from`; null when there is no such run. */
  blueprint(n: string, from: string | undefined): Promise<Answer<Blueprint | null>>;
  /** Gives the batch up; one that is not there yet is made only to be given up, unless it has `arrived` before. */
  cancelBatch(n: string, arrived: boolean): Promise<void>;
  /** A run started in another group for the entry `n` has ended. */
  settle(n: string, outcome: Outcome, id?: string): Promise<void>;
  events(n: string, after: string | undefined): Promise<Answer<EventPage | null>>;
  /** The spans as JSON, since they are a tree of any depth; null when there is no such run. */
  readTrace(n: string): Promise<string | null>;
  /** How many tags are new; null when there is no such run. */
  addTags(n: string, tags: readonly string[]): Promise<Answer<number | null>>;
  /** The metadata of a run as JSON text; null when there is no such run. */
  metadata(n: string): Promise<string | null>;
  changeMetadata(n: string, request: MetadataRequest): Promise<Answer<string | null>>;
  /** Takes changes of metadata from a run of another group. */
  receive(n: string, delivery: Delivery): Promise<void>;
  logs(n: string, after: string | undefined): Promise<Answer<LogPage | null>>;
}
