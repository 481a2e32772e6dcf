import { describe, expect, test } from "vitest";
import { payDebts } from "../../worker/engine/pay-debts.ts";
import type { Debt } from "../../worker/storage/desk-store.ts";

const debts = (deliveries: readonly string[], characters = 1_000): Debt[] =>
  deliveries.map((delivery, i) => ({ token: `t${i}`, delivery, at: 1, characters, tries: 0 }));

/** What paying these comes to. Each takes a turn of the event loop. */
async function pay(owed: readonly Debt[], isOver: (paid: number) => boolean = () => false) {
  const [paid, read]: [string[], string[]] = [[], []];
  let [open, most] = [0, 0];
  await payDebts(
    owed,
    ({ delivery }) => {
      read.push(delivery);
      return `body of ${delivery}`;
    },
    async ({ token, delivery }, body) => {
      expect(body).toBe(`body of ${delivery}`);
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve));
      open -= 1;
      paid.push(token);
    },
    () => isOver(paid.length),
  );
  return { paid, read, most };
}

describe("debts of a desk", () => {
  test("of one delivery are paid ten at a time, and its body is read once", async () => {
    const { paid, read, most } = await pay(debts(Array.from({ length: 1_000 }, () => "d1")));
    expect([new Set(paid).size, paid.length, read, most]).toEqual([1_000, 1_000, ["d1"], 10]);
  });

  test("of several deliveries are paid delivery by delivery, in whatever order they come", async () => {
    const { paid, read } = await pay(debts(Array.from({ length: 60 }, (_, i) => `d${i % 3}`)));
    expect([paid.length, read]).toEqual([60, ["d0", "d1", "d2"]]);
  });

  test("with large bodies are paid fewer at a time", async () => {
    const deliveries = Array.from({ length: 20 }, (_, i) => `d${i}`);
    const mostOf = async (characters: number) => (await pay(debts(deliveries, characters))).most;
    expect([await mostOf(2_000_000), await mostOf(6_000_000), await mostOf(60_000_000)]).toEqual([4, 1, 1]);
  });

  test("are left for later when the time is over", async () => {
    const { paid } = await pay(debts(Array.from({ length: 100 }, () => "d1")), (count) => count >= 20);
    // Those that were begun with are finished.
    expect(paid.length).toBeGreaterThanOrEqual(20);
    expect(paid.length).toBeLessThan(30);
  });
});
