import type { Holder } from "../core/queue-line.ts";
import type { Grant, ToldWish } from "../core/wish.ts";
import { callGroup } from "../engine/call-group.ts";
import type { Env } from "../env.ts";

const AT_ONCE = 20;
const GRANTS_A_CALL = 1_000;
/** How long it is known that a group was told: much longer than the queue waits before it asks. */
const KNOWN_MS = 60_000;

/**
 * Tells groups of the slots that their runs were given, all of one group that have come together in one call. What does not
 * arrive is told again by the alarm of the queue, which has every slot stored until its group is known to know of it.
 */
export class GrantCarrier {
  private readonly env: Env;
  private readonly refused: (group: string, wishes: readonly ToldWish[]) => void;
  /** By group and path: a slot that is to be told again is not told twice. */
  private readonly waiting = new Map<string, Map<string, number>>();
  /** The oldest first. */
  private readonly told = new Map<string, { readonly number: number; readonly at: number }>();
  private underWay = 0;

  /** `refused` is called with what runs of a group want in place of the slots that they were given. */
  constructor(env: Env, refused: (group: string, wishes: readonly ToldWish[]) => void) {
    this.env = env;
    this.refused = refused;
  }

  tell({ group, n, number }: Holder): void {
    const grants = this.waiting.get(group) ?? new Map<string, number>();
    this.waiting.set(group, grants.set(n, number));
    void this.gather();
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
    for (const [n, number] of grants) {
      if (part.length === GRANTS_A_CALL) break;
      part.push({ n, number });
      grants.delete(n);
    }
    if (grants.size === 0) this.waiting.delete(group);
    this.underWay += 1;
    try {
      const refused = await callGroup(this.env, group, (stub) => stub.grant(part));
      if (refused.length > 0) this.refused(group, refused);
      for (const { n, number } of part) this.know(`${group} ${n}`, number);
    } catch (error) {
      console.warn(`runlet: group ${group} was not told of its slots; it will be told again`, error);
    } finally {
      this.underWay -= 1;
      this.carry();
    }
  }

  private know(name: string, number: number): void {
    this.told.delete(name);
    this.told.set(name, { number, at: Date.now() });
  }
}
