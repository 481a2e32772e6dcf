import type { Debt } from "../storage/desk-store.ts";

/** How many debts are paid at a time, and how many characters are under way by that. */
const LANES = 10;
const MOST_CHARACTERS = 8_000_000;

/**
 * Pays debts, some at a time, those of one delivery together: its body is read once, however many are given it. Stops between
 * two when `isOver` says so.
 */
export async function payDebts(
  debts: readonly Debt[],
  readBody: (debt: Debt) => string,
  pay: (debt: Debt, body: string) => Promise<void>,
  isOver: () => boolean,
): Promise<void> {
  const largest = debts.reduce((most, { characters }) => Math.max(most, characters), 1);
  const lanes = Math.max(1, Math.min(LANES, Math.floor(MOST_CHARACTERS / largest)));
  const queue = debts.toSorted((a, b) => (a.delivery < b.delivery ? -1 : a.delivery > b.delivery ? 1 : 0)).values();
  let last: { readonly delivery: string; readonly body: string } | undefined;
  const lane = async (): Promise<void> => {
    for (const debt of queue) {
      if (isOver()) return;
      if (last?.delivery !== debt.delivery) last = { delivery: debt.delivery, body: readBody(debt) };
      await pay(debt, last.body);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
