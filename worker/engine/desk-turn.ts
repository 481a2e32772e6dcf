import { owedDelay } from "../core/retry.ts";
import { keyOfEvent, keyOfMatch, shapeOf } from "../core/webhook-match.ts";
import type { Debt, DeskStore, StoredWaiter } from "../storage/desk-store.ts";
import type { ToldDelivery, Waiter } from "./desk-api.ts";

/** Of what came before, so much is looked through for one who begins to wait. */
const MOST_RECENT = 1_000;
/** A run is not given a delivery twice that its provider repeats within this time. */
const REMEMBERED_MS = 86_400_000;

/** Has a waiter served with what came just before, or sets it down to wait. The debts that this makes. */
export function beginToWait(store: DeskStore, { token, run, match, until }: Waiter, now: number): Debt[] {
  if (store.isServed(run, token)) return [];
  const [shape, key] = [shapeOf(match), keyOfMatch(match)];
  for (const { at, id } of store.recents(now, MOST_RECENT)) {
    if (store.hasGiven(run, id)) continue;
    const { event } = JSON.parse(store.body(at, id)) as { readonly event: unknown };
    if (keyOfEvent(shape, event) !== key) continue;
    store.deleteWaiter(token);
    return [give(store, { token, run }, { at, id }, now)];
  }
  store.insertWaiter({ token, run }, shape, key, now, until);
  return [];
}

/** Gives a delivery to those who wait for it, unless that was done. The debts that this makes. */
export function tellWaiters(store: DeskStore, { id, at, windowMs, body }: ToldDelivery, now: number): Debt[] {
  if (store.hasRecent(at, id)) return [];
  store.insertRecent(at, id, at + windowMs, body);
  const { event } = JSON.parse(body) as { readonly event: unknown };
  const debts: Debt[] = [];
  for (const shape of [...store.shapes()]) {
    const key = keyOfEvent(shape, event);
    if (key === undefined) continue;
    for (const waiter of store.waiters(shape, key)) {
      // A run that waits for it twice at once gets it once.
      if (store.hasGiven(waiter.run, id)) continue;
      store.deleteWaiter(waiter.token);
      debts.push(give(store, waiter, { at, id }, now));
    }
  }
  return debts;
}

function give(
  store: DeskStore,
  { token, run }: StoredWaiter,
  { at, id }: { readonly at: number; readonly id: string },
  now: number,
): Debt {
  const debt = { run, delivery: id, at, token, tries: 0 };
  store.insertDebt(debt, now + REMEMBERED_MS, now + owedDelay(0));
  return debt;
}
