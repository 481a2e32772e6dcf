import { TOKEN_ROOT } from "../core/address.ts";
import { RecordCache } from "../engine/record-cache.ts";
import { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import { dispatchSender } from "../queue/sender.ts";
import { GroupRoots } from "../storage/group-roots.ts";
import { GroupScans } from "../storage/group-scans.ts";
import { GroupStore } from "../storage/group-store.ts";
import { Courier } from "./courier.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GroupIndex } from "./group-index.ts";
import { IndexWriter } from "./index-writer.ts";
import { retentionMs } from "./retention.ts";
import { Watchers } from "./watchers.ts";
import { WishCarrier } from "./wish-carrier.ts";

const DEFAULT_LEASE_SECONDS = 60;
const NEVER = Number.POSITIVE_INFINITY;
/** With nothing due sooner, the alarm looks after index writes that may have been lost after this time. */
const INDEX_ALARM_MS = 15_000;
const AFTER_FAILURE_MS = 5_000;
/** Runs that the index is asked to let go of at once. */
const PAGE = 500;
/** When the index is asked again to let go of a group that is to be deleted. */
const REMOVE_AGAIN_MS = 60_000;

/**
 * What a loaded group holds beside its database: the alarm's time, records it has read, who watches, and what is being
 * sent. All of it can be lost at any time; the database and the alarm bring it back.
 */
export class GroupMemory {
  readonly watchers = new Watchers();
  readonly leaseMs: number;
  /** Gives the time in ms. Tests put another clock here. */
  clock: () => number = () => Date.now();
  private readonly ctx: DurableObjectState;
  private readonly short: string;
  private readonly store: GroupStore;
  private readonly scans: GroupScans;
  private readonly roots: GroupRoots;
  private readonly cache = new RecordCache();
  private readonly dispatcher: Dispatcher;
  private readonly courier: Courier;
  readonly wishes: WishCarrier;
  private readonly groupIndex: GroupIndex;
  private readonly index: IndexWriter;
  /** How long the group is kept once all of it is final, ms; undefined: for ever. */
  private readonly retention: number | undefined;
  private hasTable = false;
  private lastTurn = 0;
  private alarmAt: number | null = null;
  /** How many entries are open; counted when it is first asked for. */
  private open: number | undefined;
  /** Woken by its alarm, an object may be told that it has none: it recovers the index all the same. */
  private isFirstWake = false;

  constructor(ctx: DurableObjectState, env: Env, short: string) {
    this.ctx = ctx;
    this.short = short;
    this.store = new GroupStore(ctx.storage.sql);
    this.scans = new GroupScans(ctx.storage.sql);
    this.roots = new GroupRoots(ctx.storage.sql);
    this.dispatcher = new Dispatcher(dispatchSender(ctx, env), ctx.id.toString());
    this.courier = new Courier(env, ctx.id.toString(), (verb) => this.turn(verb));
    this.leaseMs = Number(env.RUNLET_LEASE_SECONDS ?? DEFAULT_LEASE_SECONDS) * 1000;
    const turn: GroupMemory["turn"] = (verb) => this.turn(verb);
    this.wishes = new WishCarrier(env, ctx.id.toString(), turn, (look) => this.read(look));
    this.retention = retentionMs(env);
    this.groupIndex = new GroupIndex(env, short, (look) => this.read(look));
    this.index = this.newIndex();
  }

  async load(): Promise<void> {
    this.hasTable = this.store.exists();
    if (!this.hasTable) return;
    this.isFirstWake = true;
    this.alarmAt = await this.ctx.storage.getAlarm();
    // Without an alarm everything was written and nothing is open. One that is for the end of the group alone has the
    // same rows written again if anything still changes, which is harmless.
    if (this.alarmAt !== null) this.recoverIndex();
    if (this.alarmAt !== null && this.alarmAt <= this.clock()) this.setAlarm(this.clock() + 1);
  }

  /** One turn that may change the group. If `verb` throws, nothing has changed. */
  turn<T>(verb: (turn: Turn) => T): T {
    const turn = new Turn(this.store, this.scans, this.cache, this.short, this.nextTime());
    const result = this.commit(turn, verb);
    this.dispatcher.push(turn.ready);
    this.courier.carry(turn.owing);
    this.wishes.carry(turn.wishing);
    this.index.add(turn.changed);
    this.watchers.notify(turn.ended);
    return result;
  }

  /** Writes all of a turn or nothing of it. */
  private commit<T>(turn: Turn, verb: (turn: Turn) => T): T {
    const { hasTable, alarmAt } = this;
    try {
      return this.ctx.storage.transactionSync(() => {
        if (!this.hasTable) this.store.create();
        this.hasTable = true;
        this.open ??= this.scans.countOpen();
        const value = verb(turn);
        turn.write();
        this.open += turn.openDelta;
        this.arm(turn);
        return value;
      });
    } catch (error) {
      this.hasTable = hasTable;
      this.alarmAt = alarmAt;
      this.open = undefined;
      this.cache.clear();
      this.store.forget();
      throw error;
    }
  }

  /** It was never written to, or has deleted itself. */
  get isEmpty(): boolean {
    return !this.hasTable;
  }

  /** As `turn`, but an object that was never written to stays so: it costs nothing and knows nothing. */
  turnIfExists<T>(verb: (turn: Turn) => T): T | undefined {
    return this.hasTable ? this.turn(verb) : undefined;
  }

  /** A look that changes nothing. */
  read<T>(look: (turn: Turn) => T): T | undefined {
    return this.hasTable ? look(new Turn(this.store, this.scans, this.cache, this.short, this.clock())) : undefined;
  }

  /** What the alarm does. Never throws: an alarm that fails too often is dropped by the platform. */
  async wake(verb: (turn: Turn) => boolean): Promise<void> {
    try {
      this.alarmAt = null;
      if (!this.hasTable) return;
      while (!this.turn(verb));
      if (this.restsUntil() <= this.clock()) return await this.leave();
      while (this.shedsAt() <= this.clock()) if (!(await this.shed())) return;
      if (this.isFirstWake) this.recoverIndex();
      this.isFirstWake = false;
      this.rearm();
      await this.index.flush();
      this.rest();
    } catch (error) {
      console.error("runlet: an alarm failed and will be tried again", error);
      this.setAlarm(this.clock() + AFTER_FAILURE_MS);
    }
  }

  /** When everything will have been final for the retention time; never while something is open. */
  private restsUntil(): number {
    if (this.retention === undefined || this.open !== 0) return NEVER;
    return (this.scans.lastChange() ?? NEVER) + this.retention;
  }

  /**
   * Deletes the group: its rows go from the index, and then the group itself, so that it is found there for as long as
   * it is listed. What still changes meanwhile keeps it.
   */
  private async leave(): Promise<void> {
    try {
      await this.index.forget();
      for (const paths of this.changedSince(0)) await this.groupIndex.remove(paths);
    } catch (error) {
      console.warn("runlet: the index still has a group that is to be deleted; it will be tried again", error);
      this.index.recover(0);
      this.setAlarm(this.clock() + REMOVE_AGAIN_MS);
      return;
    }
    if (this.restsUntil() > this.clock()) {
      this.index.recover(0);
      return this.rearm();
    }
    this.hasTable = false;
    this.open = undefined;
    this.cache.clear();
    this.store.forget();
    await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
  }

  /** When the first of several roots will have been final for the retention time: in a key that is in use, others follow. */
  private shedsAt(): number {
    const first = this.retention === undefined ? undefined : this.roots.first();
    return first === undefined ? NEVER : (this.roots.lastChange(first) ?? NEVER) + (this.retention ?? NEVER);
  }

  /** Deletes the first root, as `leave` does the group. False when the index would not let go of it yet. */
  private async shed(): Promise<boolean> {
    const root = this.roots.first() ?? "";
    const paths = this.roots.runs(root);
    try {
      for (let i = 0; i < paths.length; i += PAGE) await this.groupIndex.remove(paths.slice(i, i + PAGE));
    } catch (error) {
      console.warn("runlet: the index still has runs that are to be deleted; it will be tried again", error);
      this.index.recover(0);
      this.setAlarmBy(this.clock() + REMOVE_AGAIN_MS);
      return false;
    }
    // What has changed meanwhile stays, and is written again.
    if (this.shedsAt() > this.clock()) this.index.recover(0);
    else this.ctx.storage.transactionSync(() => this.roots.delete(root));
    this.cache.clear();
    return true;
  }

  private nextTime(): number {
    this.lastTurn = Math.max(this.clock(), this.lastTurn + 1);
    return this.lastTurn;
  }

  /** Sees to it that the alarm comes no later than the first thing that this turn left due. */
  private arm(turn: Turn): void {
    let want = turn.earliestDue;
    if (turn.changed.size > 0) want = Math.min(want, turn.now + INDEX_ALARM_MS);
    // Of what no index has to be told: nothing else sees to the end of its retention.
    else if (turn.openDelta < 0 && this.open === 0) want = Math.min(want, turn.now + (this.retention ?? NEVER));
    if (Number.isFinite(want)) this.setAlarmBy(Math.max(want, turn.now + 1));
  }

  /** Sets the alarm to what is due next in the whole group, after it has fired. */
  private rearm(): void {
    const now = this.clock();
    const due = this.scans.nextDue() ?? NEVER;
    const want = Math.min(due, this.shedsAt(), this.index.isClean ? this.restsUntil() : now + INDEX_ALARM_MS);
    if (Number.isFinite(want)) this.setAlarmBy(Math.max(want, now + 1));
  }

  /** Once all is in the index, only what is due wakes the group: one that waits would be woken for its index for ever. */
  private rest(): void {
    if (!this.index.isClean || !this.hasTable || this.open === 0) return;
    const due = Math.min(this.scans.nextDue() ?? NEVER, this.shedsAt());
    if (due <= (this.alarmAt ?? NEVER) && due !== NEVER) return;
    if (due !== NEVER) return this.setAlarm(Math.max(due, this.clock() + 1));
    if (this.alarmAt !== null) this.dropAlarm();
  }

  private dropAlarm(): void {
    this.alarmAt = null;
    void this.ctx.storage.deleteAlarm();
  }

  private setAlarmBy(at: number): void {
    if (at < (this.alarmAt ?? Number.POSITIVE_INFINITY)) this.setAlarm(at);
  }

  private setAlarm(at: number): void {
    this.alarmAt = at;
    void this.ctx.storage.setAlarm(at);
  }

  private newIndex(): IndexWriter {
    return new IndexWriter({
      now: () => this.clock(),
      changedSince: (since) => this.changedSince(since),
      write: (paths) => this.groupIndex.write(paths),
      written: (upTo) => this.indexWritten(upTo),
      failed: () => this.setAlarmBy(this.clock() + INDEX_ALARM_MS),
    });
  }

  private recoverIndex(): void {
    this.index.recover(this.store.readGroup()?.indexedTo ?? 0);
  }

  private *changedSince(since: number): Generator<string[]> {
    let after: { parent: string; seg: string } | undefined;
    for (;;) {
      const page = this.scans.changedSince(since, after, 500);
      if (page.length > 0) yield page.map(({ parent, seg }) => (parent === "" ? seg : `${parent}.${seg}`));
      if (page.length < 500) return;
      after = page.at(-1);
    }
  }

  private indexWritten(upTo: number): void {
    if (this.open !== 0) {
      // To find one token again costs less than to remember that it was written.
      if (this.scans.lastRoot(TOKEN_ROOT) !== TOKEN_ROOT) this.store.writeGroup({ indexedTo: upTo });
      return;
    }
    // Of several that followed each other only what is new is to be written again, should more come.
    if (this.roots.first() !== undefined) this.store.writeGroup({ indexedTo: upTo });
    // Nothing more is to happen here until the end: who still looks reads the rows.
    this.cache.clear();
    if (this.retention === undefined) return this.dropAlarm();
    this.setAlarm(Math.max(Math.min(this.clock() + this.retention, this.shedsAt()), this.clock() + 1));
  }
}
