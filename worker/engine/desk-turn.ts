import { owedDelay } from "../core/retry.ts";
import { keyOfEvent, keyOfMatch, shapeOf } from "../core/webhook-match.ts";
import { REPEAT_MS } from "../core/webhook-delivery.ts";
import type { Debt, DeskStore, StoredRecent, StoredWaiter } from "../storage/desk-store.ts";
import type { ToldDelivery, Waiter } from "./desk-api.ts";

/** Of what came before, so much is looked through for one who begins to wait: each event is read and parsed. */
const MOST_RECENT = 1_000;
const MOST_RECENT_CHARACTERS = 8_000_000;
/** A run is not given a delivery twice that its provider repeats within this time. */
const REMEMBERED_MS = 86_400_000;
/** What is over stays this long at least: a sweep reads all that there is. */
export const SWEEP_MS = 60_000;

/** What a turn has stored. */
export interface DeskTurn {
  readonly debts: readonly Debt[];
  /** When the desk is to be woken for what is owed; undefined where nothing is. */
  readonly dueAt?: number;
  /** When it is to be woken for a sweep. */
  readonly sweepAt?: number;
}

/** Has a waiter served with what came just before, or sets it down to wait. */
export function beginToWait(store: DeskStore, { token, run, match, until }: Waiter, now: number): DeskTurn {
  if (store.isServed(token)) return { debts: [] };
  const waiter = { token, run, at: now };
  const [shape, key] = [shapeOf(match), keyOfMatch(match)];
  for (const recent of store.recents(now, MOST_RECENT, MOST_RECENT_CHARACTERS).toReversed()) {
    if (store.hasGiven(run, recent.id)) continue;
    const { event } = JSON.parse(store.body(recent.at, recent.id)) as { readonly event: unknown };
    if (keyOfEvent(shape, event) === key) return turnOf([give(store, waiter, recent, now)], now);
  }
  store.insertWaiter(waiter, shape, key, until);
  return { debts: [], sweepAt: Math.max(until, now + SWEEP_MS) };
}

/**
 * Gives a delivery to those who wait for it, unless that was done: to each run once. Of the waits of one run it is for the one
 * that began last, since nobody may stand at those before it any more: they may have lost a race.
 */
export function tellWaiters(store: DeskStore, { id, at, windowMs, body }: ToldDelivery, now: number): DeskTurn {
  if (store.hasRecent(at, id)) return { debts: [] };
  const recent = { at, id, characters: body.length };
  const kept = at + Math.max(windowMs, REPEAT_MS);
  store.insertRecent(recent, body, at + windowMs, kept);
  const { event } = JSON.parse(body) as { readonly event: unknown };
  const debts: Debt[] = [];
  for (const waiter of waitersFor(store, event, now)) {
    if (!store.hasGiven(waiter.run, id)) debts.push(give(store, waiter, recent, now));
  }
  return turnOf(debts, now, kept);
}

/** Those who wait for an event, who came last first. */
function waitersFor(store: DeskStore, event: unknown, now: number): StoredWaiter[] {
  return [...store.shapes()]
    .flatMap((shape) => {
      const key = keyOfEvent(shape, event);
      return key === undefined ? [] : store.waiters(shape, key, now);
    })
    .sort((a, b) => b.at - a.at);
}

function give(store: DeskStore, waiter: StoredWaiter, { at, id, characters }: StoredRecent, now: number): Debt {
  const debt = { token: waiter.token, delivery: id, at, characters, tries: 0 };
  store.serveWaiter(waiter, now + REMEMBERED_MS);
  store.insertGiven(waiter.run, id, now + REMEMBERED_MS);
  store.insertDebt(debt, now + owedDelay(0));
  return debt;
}

function turnOf(debts: readonly Debt[], now: number, over = now + REMEMBERED_MS): DeskTurn {
  const sweepAt = Math.max(over, now + SWEEP_MS);
  return { debts, sweepAt, ...(debts.length === 0 ? {} : { dueAt: now + owedDelay(0) }) };
}
