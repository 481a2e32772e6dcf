import type { Holder } from "../core/queue-line.ts";
import type { Grant, ToldWish } from "../core/wish.ts";
import { callGroup } from "../engine/call-group.ts";
import type { Env } from "../env.ts";

const AT_ONCE = 20;
const GRANTS_A_CALL = 1_000;
/** How long it is known that a group was told: much longer than the queue waits before it asks. */
const KNOWN_MS = 60_000;

interface Telling {
  readonly number: number;
}

/**
 * Tells groups of the slots that their runs were given, all of one group that have come together in one call. What does not
 * arrive is told again by the alarm of the queue, which has every slot stored until its group is known to know of it.
 */
export class GrantCarrier {
  private readonly env: Env;
  private readonly refused: (group: string, wishes: readonly ToldWish[]) => void;
  /** By group and path: a slot that is to be told again is not told twice. */
  private readonly waiting = new Map<string, Map<string, Telling>>();
  /** What was last told of each run, until it is known what came of it. */
  private readonly latest = new Map<string, Telling>();
  /** The oldest first. */
  private readonly told = new Map<string, { readonly number: number; readonly at: number }>();
  private underWay = 0;

  /** `refused` is called with what runs of a group want in place of the slots that they were given. */
  constructor(env: Env, refused: (group: string, wishes: readonly ToldWish[]) => void) {
    this.env = env;
    this.refused = refused;
  }

  tell(holder: Holder): void {
    const { group, n, number } = holder;
    const telling = { number };
    this.giveAnew(holder);
    this.latest.set(`${group} ${n}`, telling);
    const grants = this.waiting.get(group) ?? new Map<string, Telling>();
    this.waiting.set(group, grants.set(n, telling));
    void this.gather();
  }

  /**
   * A slot is given. A wish that comes once more when its run has long given its slot back may be given another, with the same
   * number: that the group has taken the first says nothing of it.
   */
  giveAnew({ group, n }: Holder): void {
    this.told.delete(`${group} ${n}`);
    this.latest.delete(`${group} ${n}`);
  }

  /** Whether the group has taken this slot. */
  isTold({ group, n, number }: Holder): boolean {
    return this.told.get(`${group} ${n}`)?.number === number;
  }

  /** Slots that nobody has asked about for long were given back meanwhile. */
  forget(): void {
    const now = Date.now();
    for (const [name, { at }] of this.told) {
      if (at > now - KNOWN_MS) return;
      this.told.delete(name);
    }
  }

  /** What is given in one turn goes together. */
  private async gather(): Promise<void> {
    await Promise.resolve();
    this.carry();
  }

  private carry(): void {
    while (this.underWay < AT_ONCE && this.waiting.size > 0) void this.next();
  }

  private async next(): Promise<void> {
    const [group] = this.waiting.keys();
    const grants = group === undefined ? undefined : this.waiting.get(group);
    if (group === undefined || grants === undefined) return;
    const part: Grant[] = [];
    const tellings = new Map<string, Telling>();
    for (const [n, telling] of grants) {
      if (part.length === GRANTS_A_CALL) break;
      part.push({ n, number: telling.number });
      tellings.set(`${group} ${n}`, telling);
      grants.delete(n);
    }
    if (grants.size === 0) this.waiting.delete(group);
    this.underWay += 1;
    try {
      const refused = await callGroup(this.env, group, (stub) => stub.grant(part));
      if (refused.length > 0) this.refused(group, refused);
      for (const [name, telling] of tellings) this.know(name, telling);
    } catch (error) {
      console.warn(`runlet: group ${group} was not told of its slots; it will be told again`, error);
    } finally {
      for (const [name, telling] of tellings) if (this.latest.get(name) === telling) this.latest.delete(name);
      this.underWay -= 1;
      this.carry();
    }
  }

  private know(name: string, telling: Telling): void {
    if (this.latest.get(name) === telling) this.told.set(name, { number: telling.number, at: Date.now() });
  }
}
