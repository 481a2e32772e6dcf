import { TOKEN_ROOT } from "../core/address.ts";
import { Agenda } from "../engine/agenda.ts";
import { isUnderWay } from "../engine/find-run.ts";
import { RecordCache } from "../engine/record-cache.ts";
import { RestingCaches } from "../engine/resting-caches.ts";
import { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import { dispatchSender } from "../queue/sender.ts";
import { GroupRoots } from "../storage/group-roots.ts";
import { GroupScans } from "../storage/group-scans.ts";
import { GroupStore } from "../storage/group-store.ts";
import { Courier } from "./courier.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GroupIndex } from "./group-index.ts";
import { GroupRetention } from "./group-retention.ts";
import { IndexWriter } from "./index-writer.ts";
import { ObjectAlarm } from "./object-alarm.ts";
import { retentionMs } from "./retention.ts";
import { Watchers } from "./watchers.ts";
import { WishCarrier } from "./wish-carrier.ts";

const DEFAULT_LEASE_SECONDS = 60;
const NEVER = Number.POSITIVE_INFINITY;
/** With nothing due sooner, the alarm looks after index writes that may have been lost after this time. */
const INDEX_ALARM_MS = 15_000;
const AFTER_FAILURE_MS = 5_000;
/** Entries that are woken in one turn, and read from a scan at once. */
const PAGE = 500;
/** With more than this open, an alarm that comes for the index alone costs more than it does to set it anew. */
const LARGE = 500;
/** What the groups of this isolate remember in which nothing more is to happen. */
const RESTING = new RestingCaches();
/** With nothing due sooner, a large group goes to rest as soon as its changes are in the index. */
const REST_MS = 5 * INDEX_ALARM_MS;

/**
 * What a loaded group holds beside its database: the alarm's time, records it has read, who watches, and what is being
 * sent. All of it can be lost at any time; the database and the alarm bring it back.
 */
export class GroupMemory {
  readonly watchers = new Watchers((n) => this.read((turn) => isUnderWay(turn, n)) === true);
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
  private readonly agenda: Agenda;
  private readonly alarm: ObjectAlarm;
  private readonly ends: GroupRetention;
  /** How long the group is kept once all of it is final, ms; undefined: for ever. */
  private readonly retention: number | undefined;
  private hasTable = false;
  private lastTurn = 0;
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
    this.agenda = new Agenda(this.scans);
    this.alarm = new ObjectAlarm(ctx.storage);
    this.retention = retentionMs(env);
    this.groupIndex = new GroupIndex(env, short, (look) => this.read(look));
    this.ends = new GroupRetention({
      kept: () => this.retention,
      now: () => this.clock(),
      agenda: this.agenda,
      scans: this.scans,
      roots: this.roots,
      remove: (paths) => this.groupIndex.remove(paths),
    });
    this.index = this.newIndex();
  }

  async load(): Promise<void> {
    this.hasTable = this.store.exists();
    if (!this.hasTable) return;
    this.isFirstWake = true;
    await this.alarm.load();
    const { at } = this.alarm;
    // Without an alarm all was written and nothing is due. One for the end of the group alone has rows written again, harmlessly.
    const group = this.store.readGroup();
    if (at === null && group?.open !== undefined) this.agenda.trust(group.open);
    if (at !== null) this.index.recover(group?.indexedTo ?? 0);
    if (at !== null && at <= this.clock()) this.alarm.set(this.clock() + 1);
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
    const { hasTable } = this;
    const { at } = this.alarm;
    try {
      return this.ctx.storage.transactionSync(() => {
        if (!this.hasTable) this.create();
        const value = verb(turn);
        turn.write();
        this.agenda.add(turn);
        this.arm(turn);
        return value;
      });
    } catch (error) {
      this.hasTable = hasTable;
      this.alarm.at = at;
      this.store.forget();
      // What is only refused has changed nothing that memory knows.
      if (turn.hasWritten || !hasTable) this.forget();
      throw error;
    }
  }

  private create(): void {
    this.store.create();
    this.hasTable = true;
    this.agenda.trust(0);
  }

  /** Nothing that is known of the table may be so. */
  private forget(): void {
    this.agenda.doubt();
    this.cache.clear();
    this.store.forget();
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
  async wake(verb: (turn: Turn, due: readonly string[]) => void): Promise<void> {
    try {
      this.alarm.at = null;
      if (!this.hasTable) return;
      // What was known without an alarm is from before it was set.
      if (this.isFirstWake) this.agenda.doubt();
      for (;;) {
        const due = this.agenda.takeDue(this.clock(), PAGE);
        if (due.length === 0) break;
        this.turn((turn) => verb(turn, due));
      }
      if (this.ends.groupEnds() <= this.clock()) return await this.leave();
      while (this.ends.rootEnds() <= this.clock()) await this.shed();
      if (this.isFirstWake) this.index.recover(this.store.readGroup()?.indexedTo ?? 0);
      this.isFirstWake = false;
      this.rearm();
      // An index that does not answer does not keep the next alarm, which comes when this one has ended.
      const flushed = this.index.flush().then(() => this.index.isClean && this.rest());
      await this.alarm.untilDue(flushed, this.clock());
    } catch (error) {
      console.error("runlet: an alarm failed and will be tried again", error);
      this.agenda.doubt();
      this.alarm.set(this.clock() + AFTER_FAILURE_MS);
    }
  }

  /**
   * Deletes the group: its rows go from the index, and then the group itself, so that it is found there for as long as
   * it is listed. What still changes meanwhile keeps it.
   */
  private async leave(): Promise<void> {
    await this.index.forget();
    const isForgotten = await this.ends.forget(this.scans.changedSince(0, PAGE));
    if (this.ends.groupEnds() > this.clock()) {
      this.index.recover(0);
      if (isForgotten) this.rearm();
      else this.alarm.setBy(this.ends.groupEnds());
      return;
    }
    this.hasTable = false;
    this.forget();
    await this.ctx.blockConcurrencyWhile(() => this.ctx.storage.deleteAll());
  }

  /** Deletes the first root, as `leave` does the group. */
  private async shed(): Promise<void> {
    const root = await this.ends.forgetRoot();
    // What has changed meanwhile stays, and is written again.
    if (root === undefined || this.ends.rootEnds() > this.clock()) this.index.recover(0);
    else this.ctx.storage.transactionSync(() => this.roots.delete(root));
    this.cache.clear();
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
    else if (turn.openDelta < 0 && this.agenda.open === 0) want = Math.min(want, turn.now + (this.retention ?? NEVER));
    if (Number.isFinite(want)) this.alarm.setBy(Math.max(want, turn.now + 1));
  }

  /** Sets the alarm to what is due next in the whole group, after it has fired. */
  private rearm(): void {
    const now = this.clock();
    const idle = this.index.isClean ? this.ends.groupEnds() : now + INDEX_ALARM_MS;
    const want = Math.min(this.nextDue(), idle);
    if (Number.isFinite(want)) this.alarm.setBy(Math.max(want, now + 1));
  }

  private nextDue(): number {
    return Math.min(this.agenda.next(), this.ends.rootEnds());
  }

  /** Once all is in the index, only what is due wakes the group: one that waits would be woken for its index for ever. */
  private rest(): void {
    if (!this.hasTable || this.agenda.open === 0) return;
    const due = this.nextDue();
    if (due > (this.alarm.at ?? NEVER) && due !== NEVER) this.alarm.set(due);
    if (due !== NEVER) return;
    this.note();
    this.alarm.drop();
  }

  /** Writes down what is so for as long as there is no alarm. */
  private note(): void {
    const group = this.store.readGroup();
    const { open } = this.agenda;
    if (group !== undefined && group.open !== open) this.store.writeGroup({ ...group, open });
  }

  private newIndex(): IndexWriter {
    return new IndexWriter({
      now: () => this.clock(),
      changedSince: (since) => this.scans.changedSince(since, PAGE),
      write: (paths) => this.groupIndex.write(paths),
      written: (upTo) => this.indexWritten(upTo),
      failed: () => this.alarm.setBy(this.clock() + INDEX_ALARM_MS),
    });
  }

  private indexWritten(upTo: number): void {
    const { open } = this.agenda;
    if (open !== 0) {
      // To find one token again costs less than to remember that it was written.
      if (this.scans.lastRoot(TOKEN_ROOT) !== TOKEN_ROOT) this.store.writeGroup({ indexedTo: upTo, open });
      if (open > LARGE && this.nextDue() > this.clock() + REST_MS) {
        this.rest();
        // Nobody knows when they go on, and there may be several such groups in one isolate.
        this.cache.clear();
      }
      return;
    }
    // Of several that followed each other only what is new is to be written again, should more come.
    const isFollowed = this.roots.first() !== undefined;
    if (isFollowed) this.store.writeGroup({ indexedTo: upTo, open });
    RESTING.add(this.cache);
    const now = this.clock();
    if (this.retention !== undefined) {
      const end = now + this.retention;
      return this.alarm.set(Math.max(isFollowed ? Math.min(end, this.ends.rootEnds()) : end, now + 1));
    }
    this.note();
    this.alarm.drop();
  }
}
