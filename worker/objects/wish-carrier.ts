import type { Claim } from "../../sdk/lib/journal.ts";
import type { Grant, ToldWish } from "../core/wish.ts";
import { claimReady, type ClaimCall } from "../engine/claim-runs.ts";
import { callQueue } from "../engine/call-queue.ts";
import { owedWish, takeAnswer } from "../engine/tell-wishes.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import { HeardWishes } from "./heard-wishes.ts";

const WISHES_A_CALL = 1_000;
/** How long a consumer is kept waiting for the answer of a queue. */
const PATIENCE_MS = 500;

type RunTurn = <T>(verb: (turn: Turn) => T) => T;
type Look = (look: (turn: Turn) => void) => void;

/** A consumer that would go on with runs as soon as they have slots. */
interface Taker {
  readonly take: number;
  readonly by: ClaimCall;
  readonly give: (claims: Claim[]) => void;
  isGone: boolean;
}

/**
 * Tells queues what the runs of a group want of them, all that came together in one call for each queue, and takes the
 * slots in the answer. What is owed is stored with its run until a queue has heard it, and told again by the alarm.
 */
export class WishCarrier {
  private readonly env: Env;
  private readonly group: string;
  private readonly turn: RunTurn;
  private readonly read: Look;
  private readonly heard: HeardWishes;
  private waiting = new Set<string>();
  private takers: Taker[] = [];
  private isCarrying = false;

  constructor(env: Env, group: string, turn: RunTurn, read: Look) {
    this.env = env;
    this.group = group;
    this.turn = turn;
    this.read = read;
    this.heard = new HeardWishes(turn);
  }

  carry(runs: Iterable<string>): void {
    for (const n of runs) this.waiting.add(n);
    if (!this.isCarrying && this.waiting.size > 0) void this.carryAll();
  }

  /**
   * Up to `take` claims of the runs that are given slots by what is being told now; none if nothing is. The caller waits for
   * the answer of the queues, not for the runs that are in line there.
   */
  claims(take: number, by: ClaimCall): Promise<Claim[]> {
    if (take <= 0 || !this.isCarrying) return Promise.resolve([]);
    return new Promise((resolve) => {
      const leave = (): void => {
        taker.isGone = true;
        resolve([]);
      };
      const timer = setTimeout(leave, PATIENCE_MS);
      const give = (claims: Claim[]): void => {
        clearTimeout(timer);
        resolve(claims);
      };
      const taker: Taker = { take, by, give, isGone: false };
      this.takers.push(taker);
    });
  }

  private async carryAll(): Promise<void> {
    this.isCarrying = true;
    // Events that are already here come first: what they make known goes along.
    await Promise.resolve();
    while (this.waiting.size > 0) {
      const runs = this.waiting;
      this.waiting = new Set();
      const takers = this.takers;
      this.takers = [];
      try {
        await Promise.all([...this.byQueue(runs)].map(([queue, wishes]) => this.tell(queue, wishes, takers)));
      } catch (error) {
        console.warn("runlet: what runs want of their queues could not be read; it will be told later", error);
      }
      for (const { give } of takers) give([]);
    }
    this.isCarrying = false;
    for (const { give } of this.takers.splice(0)) give([]);
  }

  /** The wishes as they are now. */
  private byQueue(runs: Iterable<string>): Map<string, ToldWish[]> {
    const all = new Map<string, ToldWish[]>();
    this.read((turn) => {
      for (const n of runs) {
        const owed = owedWish(turn, n);
        if (owed === undefined) continue;
        const wishes = all.get(owed.queue);
        if (wishes === undefined) all.set(owed.queue, [owed.wish]);
        else wishes.push(owed.wish);
      }
    });
    return all;
  }

  private async tell(queue: string, wishes: readonly ToldWish[], takers: Taker[]): Promise<void> {
    for (let start = 0; start < wishes.length; start += WISHES_A_CALL) {
      const part = wishes.slice(start, start + WISHES_A_CALL);
      try {
        const granted = await callQueue(this.env, queue, (stub) => stub.wish(this.group, part));
        this.take(part, granted, takers);
      } catch (error) {
        console.warn(`runlet: the queue "${queue}" was not told what runs want; it will be told again`, error);
      }
    }
  }

  private take(told: readonly ToldWish[], granted: readonly Grant[], takers: Taker[]): void {
    if (granted.length === 0) return this.heard.add(told);
    const given = this.turn((turn) => {
      takeAnswer(turn, [...this.heard.take(), ...told], granted);
      const gifts: { readonly taker: Taker; readonly claims: Claim[] }[] = [];
      for (const taker of takers) {
        if (granted.length === 0 || turn.ready.length === 0) break;
        if (!taker.isGone) gifts.push({ taker, claims: claimReady(turn, taker.take, taker.by) });
      }
      return gifts;
    });
    // Not before: the claims of a turn that fails are nobody's.
    for (const { taker, claims } of given) {
      takers.splice(takers.indexOf(taker), 1);
      taker.give(claims);
    }
  }
}
