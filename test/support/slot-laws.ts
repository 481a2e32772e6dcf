import type { Bounds, QueueLimits } from "../../sdk/lib/queue-limits.ts";
import { isFinal, type Run } from "../../worker/core/run.ts";
import { wantsSlot } from "../../worker/core/wish.ts";
import { limitsNow, readSettings } from "../../worker/engine/queue-settings.ts";
import { QueueStore } from "../../worker/storage/queue-store.ts";
import { QUEUES } from "./history-queues.ts";
import { runId, type Laws } from "./laws.ts";
import type { SimulatedDisk } from "./simulated-disk.ts";

interface Held {
  readonly id: string;
  readonly number: number;
  readonly key: string;
  readonly hasSlot: boolean;
}

/**
 * Watches the queues of a history. The promise: whoever executes, by what its group has stored, has a slot in its queue
 * for just that: from before it is handed out until its pass has ended, or until the lease of one that nobody hears from
 * has. And never are more slots given than there are. Where a limit on runs in flight is, each of those has a place.
 */
export class SlotLaws {
  private readonly laws: Laws;
  private readonly disks: ReadonlyMap<string, SimulatedDisk>;
  /** By queue and run: what is held now. */
  private readonly held = new Map<string, Map<string, Held>>();
  /** By queue: when attempts were let begin. */
  private readonly starts = new Map<string, { readonly at: number; readonly key: string }[]>();
  private readonly now: () => number;

  constructor(laws: Laws, disks: ReadonlyMap<string, SimulatedDisk>, now: () => number) {
    this.laws = laws;
    this.disks = disks;
    this.now = now;
  }

  /** Something of the object `key` was committed; `changed`: the runs among it. */
  committed(key: string, changed: readonly string[]): void {
    if (!key.startsWith("keeper:")) {
      for (const id of changed) this.checkRun(id);
      return;
    }
    const queue = key.slice("keeper:".length);
    const before = this.held.get(queue) ?? new Map<string, Held>();
    const after = this.read(queue);
    this.held.set(queue, after);
    this.checkLimits(queue, before, after);
    for (const [id, run] of this.laws.runs) if (run.queue === queue) this.checkRun(id);
  }

  /** When nothing happens any more, nobody holds or waits for anything. */
  checkRest(): void {
    for (const { name } of QUEUES) {
      const disk = this.disks.get(`keeper:${name}`);
      if (disk === undefined || !hasTables(disk)) continue;
      for (const table of ["line", "holder"]) {
        const rows = disk.sql.storage.exec(`SELECT * FROM ${table}`).toArray();
        for (const row of rows) this.laws.break(`the ${table} of ${name} still has ${JSON.stringify(row)}`);
      }
      if (disk.alarm !== null) this.laws.break(`${name} has an alarm left`);
    }
  }

  private checkRun(id: string): void {
    const run = this.laws.runs.get(id);
    if (run?.wish === undefined || run.queue === undefined) return;
    const held = this.held.get(run.queue)?.get(id);
    if (executes(run) && !(held?.hasSlot === true && held.number === run.wish.number)) {
      this.laws.break(`${id} is ${run.state.at} for its wish ${run.wish.number} and has ${JSON.stringify(held)}`);
    }
    const { inFlight } = limitsOf(run.queue);
    if (isBounded(inFlight) && run.startedAt !== undefined && !isFinal(run) && held === undefined) {
      this.laws.break(`${id} is in flight without a place`);
    }
  }

  private checkLimits(queue: string, before: ReadonlyMap<string, Held>, after: ReadonlyMap<string, Held>): void {
    const { executing, inFlight, starts } = this.limitsNow(queue);
    const [held, heldBefore] = [[...after.values()], [...before.values()]];
    this.checkBounds(`${queue} executing`, executing, heldBefore.filter(hasSlot), held.filter(hasSlot));
    // One that is over may be given a place by a wish that came late, until it says so.
    const isFlying = ({ id }: Held): boolean => this.laws.ended.get(id) === undefined;
    this.checkBounds(`${queue} in flight`, inFlight, heldBefore.filter(isFlying), held.filter(isFlying));
    const log = this.starts.get(queue) ?? [];
    this.starts.set(queue, log);
    for (const { id, number, key, hasSlot } of held) {
      if (!hasSlot || before.get(id)?.number === number) continue;
      const wish = this.laws.runs.get(id)?.wish;
      if (wish?.number === number && (wish.want === "start" || wish.want === "retry"))
        log.push({ at: this.now(), key });
    }
    for (const key of new Set(log.map(({ key }) => key))) {
      const ofKey = log.filter((one) => one.key === key);
      this.checkRate(`${queue} of ${key}`, starts.perKey, ofKey);
    }
    this.checkRate(queue, starts.total, log);
  }

  private checkBounds(what: string, bounds: Bounds<number>, before: readonly Held[], after: readonly Held[]): void {
    this.checkBound(what, bounds.total, before.length, after.length);
    for (const key of new Set(after.map(({ key }) => key))) {
      const count = (list: readonly Held[]): number => list.filter((one) => one.key === key).length;
      this.checkBound(`${what} of ${key}`, bounds.perKey, count(before), count(after));
    }
  }

  /** A limit that was lowered meanwhile takes nothing away, and gives nothing. */
  private checkBound(what: string, limit: number | undefined, before: number, after: number): void {
    if (limit !== undefined && after > limit && after > before) this.laws.break(`${what}: ${after}, limit ${limit}`);
  }

  private checkRate(
    what: string,
    rate: { readonly limit: number; readonly periodMs: number } | undefined,
    log: readonly { readonly at: number }[],
  ): void {
    const [first, last] = [log.at(-1 - (rate?.limit ?? Infinity)), log.at(-1)];
    if (rate === undefined || first === undefined || last === undefined) return;
    if (last.at - first.at < rate.periodMs) this.laws.break(`${what}: more than ${rate.limit} in ${rate.periodMs} ms`);
  }

  /** With what was set from outside. */
  private limitsNow(queue: string): QueueLimits {
    const disk = this.disks.get(`keeper:${queue}`);
    if (disk === undefined || !hasTables(disk)) return limitsOf(queue);
    return limitsNow(limitsOf(queue), readSettings(new QueueStore(disk.sql.storage)));
  }

  private read(queue: string): Map<string, Held> {
    const disk = this.disks.get(`keeper:${queue}`);
    if (disk === undefined || !hasTables(disk)) return new Map();
    const rows = disk.sql.storage.exec<{ grp: string; n: string; number: number; key: string; has_slot: number }>(
      "SELECT grp, n, number, key, has_slot FROM holder",
    );
    return new Map(
      rows.toArray().map(({ grp, n, number, key, has_slot }) => {
        const id = runId(`group:${grp}`, n);
        return [id, { id, number, key, hasSlot: has_slot === 1 }];
      }),
    );
  }
}

/** It is being worked on, may be claimed at any time, or was canceled and its code may not have ended. */
function executes({ state, wish }: Run): boolean {
  if (wish === undefined || !wantsSlot(wish.want)) return false;
  return state.at === "queued" || state.at === "executing" || state.at === "final";
}

function hasSlot(held: Held): boolean {
  return held.hasSlot;
}

function isBounded({ perKey, total }: Bounds<number>): boolean {
  return perKey !== undefined || total !== undefined;
}

function limitsOf(queue: string): QueueLimits {
  const found = QUEUES.find(({ name }) => name === queue);
  if (found === undefined) throw new Error(`There is no queue ${queue}.`);
  return found.limits;
}

function hasTables(disk: SimulatedDisk): boolean {
  return disk.sql.storage.exec("SELECT 1 FROM sqlite_master WHERE name = 'line'").toArray().length > 0;
}
