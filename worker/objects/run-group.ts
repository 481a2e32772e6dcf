import { DurableObject } from "cloudflare:workers";
import type { Claim, JournalEntry, Outcome, RunOutcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { BatchObject, LogPage, RunObject, TokenObject } from "../../sdk/lib/wire.ts";
import type { EventPage } from "../../sdk/lib/event-wire.ts";
import { encodeGroup } from "../core/ids.ts";
import type { Delivery } from "../core/letter.ts";
import type { TriggerFunction } from "../core/run.ts";
import type { Grant, ToldWish } from "../core/wish.ts";
import { resetKey } from "../engine/admit-keyed.ts";
import type { Admission, Admitted } from "../engine/admission.ts";
import { asAnswer } from "../engine/as-answer.ts";
import { cancelRun, type Cancellation } from "../engine/cancel-run.ts";
import { changeMetadata, type MetadataRequest } from "../engine/change-metadata.ts";
import { claimAgain, claimRuns, reloadClaim } from "../engine/claim-runs.ts";
import { deliver, deliverAgain, type Delivered, type NewDelivery, type NewReplay } from "../engine/deliver.ts";
import { describeDelivery, type StoredDelivery } from "../engine/describe-delivery.ts";
import { describeBatch, describeRun, summary, type RelatedRun } from "../engine/describe-run.ts";
import {
  cancelBatch,
  createBatch,
  fillBatch,
  sealBatch,
  type Filled,
  type FilledItem,
  type OpenedBatch,
} from "../engine/fill-batch.ts";
import type { Answer, BatchCreation, Gone, GroupApi } from "../engine/group-api.ts";
import { FarGroups } from "../engine/far-groups.ts";
import { findRun, type Search } from "../engine/find-run.ts";
import { ANSWER_BUDGET, readItems, readJournal } from "../engine/read-journal.ts";
import { readEvents } from "../engine/read-events.ts";
import { readLogs } from "../engine/read-logs.ts";
import { recordEntries, type NewRecord } from "../engine/record-entries.ts";
import { reportPasses, type PassReport, type ReportAnswer } from "../engine/report-passes.ts";
import { renewLeases } from "../engine/renew-leases.ts";
import { blueprintOf, type Blueprint } from "../engine/replay-run.ts";
import { rescheduleRun } from "../engine/reschedule-run.ts";
import { tellRun, tellRuns, type ToldRun, type ToldRuns } from "../engine/tell-run.ts";
import { noWish, takeGrant } from "../engine/tell-wishes.ts";
import { traceRun } from "../engine/trace-run.ts";
import { addTags, readMetadata } from "../engine/run-metadata.ts";
import { takeDelivery } from "../engine/send-operations.ts";
import { settleFar, wakeDue } from "../engine/wake-group.ts";
import { completeToken, createToken, describeToken, type CreatedToken, type TokenCreation } from "../engine/tokens.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import { Arrivals } from "./arrivals.ts";
import { GroupMemory } from "./group-memory.ts";

/**
 * A run group: the runs that one trigger brought about, and every run that those wait for, in one database. Each method
 * is one turn: load, ask the core, store state and alarm in one synchronous block, then act. It decides nothing itself.
 */
export class RunGroup extends DurableObject<Env> implements GroupApi {
  private readonly memory: GroupMemory;
  private readonly arrivals: Arrivals;
  private readonly far: FarGroups;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.far = new FarGroups(env);
    this.memory = new GroupMemory(ctx, env, encodeGroup(ctx.id.toString()));
    this.arrivals = new Arrivals((verb) => this.memory.turn(verb));
    void ctx.blockConcurrencyWhile(() => this.memory.load());
  }

  start(admission: Admission): Promise<Admitted> {
    const { n, arrived, ...rest } = admission;
    // What was here was deleted: it is not made again to be canceled.
    if (arrived === true && this.memory.isEmpty) return Promise.resolve({ n, isCached: true });
    return this.arrivals.admit({ n, ...rest });
  }

  async find(search: Search): Promise<Admitted | null> {
    return this.memory.read((turn) => findRun(turn, search)) ?? null;
  }

  async createBatch(creation: BatchCreation): Promise<OpenedBatch> {
    return this.memory.turn((turn) => createBatch(turn, creation));
  }

  async createToken(creation: TokenCreation): Promise<CreatedToken> {
    return this.memory.turn((turn) => createToken(turn, creation));
  }

  async completeToken(n: string, data: Packet): Promise<boolean> {
    return this.memory.turnIfExists((turn) => completeToken(turn, n, { ok: true, output: data })) ?? false;
  }

  async retrieveToken(n: string): Promise<Omit<TokenObject, "url"> | null> {
    return this.#look((turn) => {
      const found = turn.token(n);
      return found && describeToken(turn, found);
    });
  }

  async awaitToken(n: string, group: string, path: string): Promise<boolean> {
    const found = this.memory.turnIfExists((turn) => {
      if (turn.token(n) === undefined) return false;
      turn.addWaiting(n, group, path);
      return true;
    });
    return found ?? false;
  }

  async deliver(delivery: NewDelivery): Promise<Delivered> {
    return this.memory.turn((turn) => deliver(turn, delivery));
  }

  async deliverAgain(replay: NewReplay): Promise<Delivered | null> {
    return this.memory.turnIfExists((turn) => deliverAgain(turn, replay)) ?? null;
  }

  async retrieveDelivery(n: string): Promise<StoredDelivery | null> {
    return this.#look((turn) => describeDelivery(turn, n));
  }

  async resetKey(): Promise<boolean> {
    return this.memory.turnIfExists(resetKey) ?? false;
  }

  async addItems(
    n: string,
    items: readonly FilledItem[],
    trigger: TriggerFunction,
    seal: boolean,
  ): Promise<Answer<Filled & { sealed: boolean }>> {
    return this.#answer((turn) => {
      const filled = fillBatch(turn, n, items, trigger, this.far);
      return { ...filled, sealed: seal && sealBatch(turn, n) };
    });
  }

  async claim(runs: readonly { n: string; epoch: number }[], call: string): Promise<Claim[]> {
    const { leaseMs } = this.memory;
    return this.memory.turnIfExists((turn) => claimRuns(turn, runs, { call, leaseMs })) ?? [];
  }

  async reload(n: string, epoch: number): Promise<Claim | null> {
    return this.memory.read((turn) => reloadClaim(turn, n, epoch)) ?? null;
  }

  async journal(n: string, epoch: number, after: string): Promise<{ entries: JournalEntry[]; after?: string } | null> {
    const page = this.memory.read((turn) => {
      const run = turn.run(n);
      if (run?.state.at !== "executing" || run.epoch !== epoch) return undefined;
      return readJournal(turn, run, after, ANSWER_BUDGET);
    });
    return page ?? null;
  }

  async items(
    n: string,
    epoch: number,
    batch: string,
    after: number,
  ): Promise<{ items: RunOutcome[]; after?: number } | null> {
    const page = this.memory.read((turn) => {
      const [run, found] = [turn.run(n), turn.batch(batch)];
      if (run?.state.at !== "executing" || run.epoch !== epoch || found === undefined) return undefined;
      return readItems(turn, found, after, ANSWER_BUDGET);
    });
    return page ?? null;
  }

  async report(passes: readonly PassReport[], take: number, call: string, again: boolean): Promise<ReportAnswer> {
    const { far, memory } = this;
    const by = { call, leaseMs: memory.leaseMs };
    const [answer, isWishing] = memory.turnIfExists((turn) => {
      const made = reportPasses(turn, passes, take, by, far);
      return [made, turn.wishing.size > 0] as const;
    }) ?? [undefined, false];
    if (answer === undefined) return { claims: [], stale: passes.map(({ n }) => n) };
    // Slots that these passes give back may go to other runs of this group.
    const more = isWishing ? await memory.wishes.claims(take - answer.claims.length, by) : [];
    if (!again) return { ...answer, claims: [...answer.claims, ...more] };
    return { ...answer, claims: memory.turnIfExists((turn) => claimAgain(turn, by)) ?? [] };
  }

  async grant(grants: readonly Grant[]): Promise<ToldWish[]> {
    const wishes = this.memory.turnIfExists((turn) => grants.flatMap((grant) => takeGrant(turn, grant) ?? []));
    return wishes ?? grants.map(noWish);
  }

  async record(n: string, epoch: number, records: readonly NewRecord[]): Promise<boolean> {
    return this.memory.turnIfExists((turn) => recordEntries(turn, n, epoch, records, this.far)) ?? false;
  }

  async renew(runs: readonly { n: string; epoch: number }[]): Promise<Gone[]> {
    const gone = this.memory.turnIfExists((turn) => renewLeases(turn, runs, this.memory.leaseMs));
    return gone ?? runs.map(({ n }) => ({ n }));
  }

  async retrieve(n: string, waitMs: number, packets: boolean): Promise<ToldRun | null> {
    await this.memory.watchers.wait(n, waitMs);
    return this.#look((turn) => tellRun(turn, n, packets));
  }

  async retrieveAll(ns: readonly string[], waitMs: number, packets: boolean): Promise<ToldRuns> {
    await Promise.all(ns.map((n) => this.memory.watchers.wait(n, waitMs)));
    return this.#look((turn) => tellRuns(turn, ns, packets)) ?? ns.map(() => null);
  }

  async summary(n: string): Promise<RelatedRun | null> {
    return this.#look((turn) => {
      const found = turn.run(n);
      return found && summary(turn, found);
    });
  }

  async retrieveBatch(n: string): Promise<BatchObject | null> {
    return this.#look((turn) => {
      const found = turn.batch(n);
      return found && describeBatch(turn, found);
    });
  }

  async cancel(n: string): Promise<Cancellation | null> {
    return this.memory.turnIfExists((turn) => cancelRun(turn, n)) ?? null;
  }

  async reschedule(n: string, delay: string, packets: boolean): Promise<Answer<RunObject | null>> {
    return asAnswer(() => {
      const run = this.memory.turnIfExists((turn) => {
        const found = rescheduleRun(turn, n, delay);
        return found && describeRun(turn, found, packets);
      });
      return run ?? null;
    });
  }

  async blueprint(n: string, from: string | undefined): Promise<Answer<Blueprint | null>> {
    return asAnswer(() => this.#look((turn) => blueprintOf(turn, n, from)));
  }

  async cancelBatch(n: string, arrived: boolean): Promise<void> {
    if (arrived && this.memory.isEmpty) return;
    this.memory.turn((turn) => cancelBatch(turn, n));
  }

  async settle(n: string, outcome: Outcome, id?: string): Promise<void> {
    this.memory.turnIfExists((turn) => settleFar(turn, n, outcome, id));
  }

  async events(n: string, after: string | undefined): Promise<Answer<EventPage | null>> {
    return asAnswer(() => this.#look((turn) => readEvents(turn, n, after)));
  }

  async readTrace(n: string): Promise<string | null> {
    const trace = this.memory.read((turn) => traceRun(turn, n));
    return trace === undefined ? null : JSON.stringify({ trace });
  }

  async addTags(n: string, tags: readonly string[]): Promise<Answer<number | null>> {
    return this.#answerIfExists((turn) => {
      const run = turn.run(n);
      return run === undefined ? null : addTags(turn, run, tags);
    });
  }

  async metadata(n: string): Promise<string | null> {
    const metadata = this.memory.read((turn) => readMetadata(turn, n));
    return metadata === undefined ? null : JSON.stringify(metadata);
  }

  async changeMetadata(n: string, request: MetadataRequest): Promise<Answer<string | null>> {
    return this.#answerIfExists((turn) => {
      const metadata = changeMetadata(turn, n, request);
      return metadata === undefined ? null : JSON.stringify(metadata);
    });
  }

  async receive(n: string, delivery: Delivery): Promise<void> {
    this.memory.turnIfExists((turn) => takeDelivery(turn, n, delivery));
  }

  async logs(n: string, after: string | undefined): Promise<Answer<LogPage | null>> {
    return asAnswer(() => this.#look((turn) => readLogs(turn, n, after)));
  }

  override async alarm(): Promise<void> {
    await this.memory.wake(wakeDue);
  }

  #look<T>(find: (turn: Turn) => T | undefined): T | null {
    return this.memory.read(find) ?? null;
  }

  /** As `answer`, but null from a group that has never been written to: it stays so. */
  #answerIfExists<T>(verb: (turn: Turn) => T): Answer<T | null> {
    return asAnswer(() => this.memory.turnIfExists(verb) ?? null);
  }

  /** A turn whose refusals are answers. */
  #answer<T>(verb: (turn: Turn) => T): Answer<T> {
    return asAnswer(() => this.memory.turn(verb));
  }
}
