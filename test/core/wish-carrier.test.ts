import { expect, test, vi } from "vitest";
import type { Claim } from "../../sdk/lib/journal.ts";
import { NO_WISH, type Grant, type ToldWish } from "../../worker/core/wish.ts";
import type { Turn } from "../../worker/engine/turn.ts";
import type { Env } from "../../worker/env.ts";
import { WishCarrier } from "../../worker/objects/wish-carrier.ts";
import { EngineGroup } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

const BY = { call: "a call", leaseMs: LEASE_MS };
const LIMITED = { options: { tags: [], maxAttempts: 3, queue: "narrow", isLimited: true } } as const;

/** A group and a queue that gives everyone a slot at once. `commits` may refuse what a turn has done. */
function carrying(commits: (turn: number) => boolean) {
  const group = new EngineGroup();
  const told: ToldWish[] = [];
  const wish = async (_: string, wishes: readonly ToldWish[]): Promise<Grant[]> => {
    told.push(...wishes);
    return wishes.map(({ n, number }) => ({ n, number }));
  };
  const env = { QUEUE_KEEPER: { getByName: () => ({ wish }) } } as unknown as Env;
  let turns = 0;
  const take = <T>(verb: (turn: Turn) => T): T => {
    turns += 1;
    const isRefused = !commits(turns);
    return group.turn((turn) => {
      const value = verb(turn);
      if (isRefused) throw new Error("The disk is full.");
      return value;
    });
  };
  const carrier = new WishCarrier(env, "group", take, take);
  return { group, told, carrier };
}

test("wishes are told after a turn that failed, too", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const { group, told, carrier } = carrying((turn) => turn > 1);
  group.admit({ n: "a", ...LIMITED });
  carrier.carry(["a"]);
  expect(await carrier.claims(1, BY)).toEqual([]);
  expect(told).toEqual([]);
  carrier.carry(["a"]);
  expect(await carrier.claims(1, BY)).toMatchObject([{ n: "a", epoch: 1 }]);
  expect(told).toMatchObject([{ n: "a", number: NO_WISH.number + 1, want: "start" }]);
});

test("a claim of a turn that failed is given to nobody", async () => {
  vi.spyOn(console, "warn").mockReturnValue();
  const { group, carrier } = carrying((turn) => turn !== 2);
  group.admit({ n: "a", ...LIMITED });
  carrier.carry(["a"]);
  const claims: Claim[] = await carrier.claims(1, BY);
  expect(claims).toEqual([]);
  expect(group.turn((turn) => turn.run("a"))).toMatchObject({ state: { at: "pending" }, epoch: 0 });
});
