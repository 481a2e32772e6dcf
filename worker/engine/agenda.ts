import type { GroupScans } from "../storage/group-scans.ts";
import type { TurnRecords } from "./turn-records.ts";

/** How many of the soonest one look over the table brings. */
const SOONEST = 1_000;
/** More are not remembered: then the table is looked at again. A batch of ten thousand is, which all come due while they line up. */
const MOST_KNOWN = 30_000;
const NEVER = Number.POSITIVE_INFINITY;
const UNKNOWN = Number.NEGATIVE_INFINITY;

/**
 * What of a group is due next, and how many of its entries are open, without reading its table each time: a group may hold
 * ten thousand runs that wait. What is not known is found in the table, once. It can be lost at any time.
 */
export class Agenda {
  private readonly scans: GroupScans;
  /** When what has been written, or found, is due. */
  private readonly known = new Map<string, number>();
  /** Nothing that is not known is due before. */
  private horizon = UNKNOWN;
  private count: number | undefined;

  constructor(scans: GroupScans) {
    this.scans = scans;
  }

  /** The table says so: nothing in it is due, and `open` entries are open. */
  trust(open: number): void {
    this.known.clear();
    this.horizon = NEVER;
    this.count = open;
  }

  /** Nothing of what is known may be so. */
  doubt(): void {
    this.known.clear();
    this.horizon = UNKNOWN;
    this.count = undefined;
  }

  /** Takes what a turn has written. */
  add({ due, openDelta }: Pick<TurnRecords, "due" | "openDelta">): void {
    if (this.count !== undefined) this.count += openDelta;
    for (const [n, at] of due) {
      if (at === undefined) this.known.delete(n);
      else this.known.set(n, at);
    }
    if (this.known.size <= MOST_KNOWN) return;
    this.known.clear();
    this.horizon = UNKNOWN;
  }

  /** How many entries are open. */
  get open(): number {
    this.count ??= this.scans.countOpen();
    return this.count;
  }

  /** Takes out the paths of up to `limit` entries whose time has come. None: nothing more is due. */
  takeDue(now: number, limit: number): string[] {
    const found = this.takeKnown(now, limit);
    if (found.length > 0 || this.horizon > now) return found;
    this.look();
    return this.takeKnown(now, limit);
  }

  /** When the next entry is due, or the table is to be looked at again; never: nothing is due. */
  next(): number {
    if (this.horizon === UNKNOWN) this.look();
    let next = this.horizon;
    for (const at of this.known.values()) if (at < next) next = at;
    return next;
  }

  private takeKnown(now: number, limit: number): string[] {
    const found: string[] = [];
    for (const [n, at] of this.known) {
      if (found.length === limit) break;
      if (at > now) continue;
      found.push(n);
      this.known.delete(n);
    }
    return found;
  }

  private look(): void {
    const soonest = this.scans.soonest(SOONEST);
    this.known.clear();
    for (const { n, due } of soonest) this.known.set(n, due);
    this.horizon = soonest.length < SOONEST ? NEVER : (soonest.at(-1)?.due ?? NEVER);
  }
}
