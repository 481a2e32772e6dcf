import {
  BULK_PAGE,
  complete,
  dueOfBulk,
  hinder,
  isGone,
  newBulk,
  nextDeed,
  notTold,
  owesIndex,
  pageDone,
  pageRead,
  toldIndex,
  type Bulk,
} from "../core/bulk.ts";
import { actOnRuns } from "../engine/act-on-runs.ts";
import type { BulkPlan } from "../engine/bulk-api.ts";
import { deployment } from "../engine/deployment.ts";
import { rowOf } from "../engine/describe-bulk.ts";
import { LocalEngine } from "../engine/local-engine.ts";
import type { Env } from "../env.ts";
import { removeBulk, writeBulk } from "../storage/bulk-index.ts";
import { BulkStore } from "../storage/bulk-store.ts";
import { countRuns, readRuns } from "../storage/run-index.ts";
import { retentionMs } from "./retention.ts";

const AFTER_FAILURE_MS = 60_000;
/** As far as runs are counted beforehand, for each value of the filter that leads. */
const MOST_COUNTED = 10_000;

/** A bulk action in its database, and what it does when it is woken. Everything but the database can be lost at any time. */
export class BulkMemory {
  readonly id: string;
  /** Gives the time in ms. Tests put another clock here. */
  clock: () => number = () => Date.now();
  retention: number | undefined;
  private env: Env;
  private readonly ctx: DurableObjectState;
  private readonly store: BulkStore;
  private exists = false;

  constructor(ctx: DurableObjectState, env: Env, id: string) {
    this.ctx = ctx;
    this.env = env;
    this.id = id;
    this.store = new BulkStore(ctx.storage.sql);
    this.retention = retentionMs(env);
  }

  async load(): Promise<void> {
    this.exists = this.store.exists();
    if (!this.exists) return;
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm !== null && alarm <= this.clock()) void this.ctx.storage.setAlarm(this.clock() + 1);
  }

  /** Undefined for an action that was never begun, or is gone. */
  read(): Bulk | undefined {
    return this.exists ? this.store.read() : undefined;
  }

  /** Stores a new action with its runs, or the filter that finds them: no run that is younger than the action. */
  begin({ runIds, filter, ...what }: BulkPlan): void {
    const now = this.clock();
    const pages = cut(runIds ?? []);
    const given = runIds === undefined ? {} : { given: { runs: runIds.length, pages: pages.length } };
    const bulk = newBulk({ ...what, ...given }, now);
    const bounded = filter === undefined ? undefined : { ...filter, to: Math.min(filter.to, now) };
    this.ctx.storage.transactionSync(() => {
      this.store.create(bulk, bounded, pages);
      this.arm(bulk);
    });
    this.exists = true;
  }

  /** One turn: state and alarm in one block. `along` is stored with them. */
  change(verb: (bulk: Bulk, now: number) => Bulk, along: () => void = nothing): void {
    this.ctx.storage.transactionSync(() => {
      const bulk = verb(this.store.read(), this.clock());
      this.store.write(bulk);
      along();
      this.arm(bulk);
    });
  }

  /** What the alarm does. Never throws: an alarm that fails too often is dropped by the platform. */
  async wake(): Promise<void> {
    if (!this.exists) return;
    try {
      await this.work();
      await this.tell();
      await this.leave();
      // An alarm that came early has found nothing to do, and stored nothing.
      if (this.exists && (await this.ctx.storage.getAlarm()) === null) this.arm(this.store.read());
    } catch (error) {
      console.error("runlet: the alarm of a bulk action failed and will be tried again", error);
      void this.ctx.storage.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  private async work(): Promise<void> {
    const page = this.store.page();
    const bulk = this.store.read();
    try {
      switch (nextDeed(bulk, page !== undefined, this.clock())) {
        case "act":
          if (page !== undefined) await this.act(bulk, page);
          break;
        case "read":
          await this.readPage(bulk);
          break;
        case "end":
          this.change(complete);
          break;
        case "rest":
          break;
      }
    } catch (error) {
      console.warn("runlet: a bulk action could not go on; it will try again", error);
      this.change(hinder);
    }
  }

  private async act(bulk: Bulk, page: { readonly i: number; readonly ids: readonly string[] }): Promise<void> {
    const engine = new LocalEngine(this.env, deployment(), "bulk", false);
    const isOver = (): boolean => this.store.read().status !== "PENDING";
    const { left, found, ...counts } = await actOnRuns(engine, this.id, bulk, page, isOver);
    let rest: readonly string[] = left;
    this.change(
      (now, time) => {
        const done = pageDone(now, { ...counts, left: left.length }, time);
        if (done.isOver) rest = [];
        return done.bulk;
      },
      () => this.store.leave(page.i, rest, found),
    );
  }

  private async readPage(bulk: Bulk): Promise<void> {
    const filter = this.store.filter();
    if (filter === undefined) throw new Error("A bulk action that was given its runs has none to read.");
    const db = this.env.RUN_INDEX;
    const isFirst = bulk.after === undefined;
    const expected = isFirst ? await countRuns(db, { ...filter, limit: MOST_COUNTED }) : undefined;
    const runs = await readRuns(db, {
      ...filter,
      ...(bulk.after === undefined ? {} : { olderThan: bulk.after }),
      limit: BULK_PAGE,
    });
    const ids = runs.map(({ id }) => id);
    this.change(
      (now, time) => pageRead(now, runs, expected, time),
      () => {
        if (ids.length > 0) this.store.addPage(bulk.pages, ids);
      },
    );
  }

  /** Writes into the index what that is owed. */
  private async tell(): Promise<void> {
    const bulk = this.store.read();
    if (!owesIndex(bulk) || bulk.tellDue > this.clock()) return;
    const { pages, runs, isAll } = this.store.owed();
    try {
      await writeBulk(this.env.RUN_INDEX, rowOf(this.id, bulk), runs);
    } catch (error) {
      console.warn("runlet: the index does not know of a bulk action yet; it will be told again", error);
      this.change(notTold);
      return;
    }
    this.change(
      (now, time) => toldIndex(now, isAll ? bulk.version : now.told, time),
      () => this.store.paid(pages),
    );
  }

  /** Deletes an action that has been over for long enough. */
  private async leave(): Promise<void> {
    const bulk = this.store.read();
    if (!isGone(bulk, this.retention, this.clock())) return;
    await removeBulk(this.env.RUN_INDEX, this.id, bulk.createdAt);
    this.exists = false;
    await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
  }

  private arm(bulk: Bulk): void {
    const due = dueOfBulk(bulk, this.retention);
    if (due === undefined) void this.ctx.storage.deleteAlarm();
    else void this.ctx.storage.setAlarm(Math.max(due, this.clock() + 1));
  }
}

function cut(ids: readonly string[]): string[][] {
  const pages: string[][] = [];
  for (let i = 0; i < ids.length; i += BULK_PAGE) pages.push(ids.slice(i, i + BULK_PAGE));
  return pages;
}

function nothing(): void {
  // Nothing goes along.
}
