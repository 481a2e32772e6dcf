import { afterEach, describe, expect, test, vi } from "vitest";
import type { Grant, ToldWish } from "../../worker/core/wish.ts";
import type { Env } from "../../worker/env.ts";
import { GrantCarrier } from "../../worker/objects/grant-carrier.ts";

afterEach(() => vi.restoreAllMocks());

const slot = (n: string, number = 1, group = "g") => ({ group, n, number, key: "", hasSlot: true });
const arrived = () => vi.waitFor(() => undefined).then(() => new Promise((resolve) => setImmediate(resolve)));

/** A carrier and what groups are asked; `answer` says what a group does with it. */
function carrying(answer: (group: string, grants: readonly Grant[]) => Promise<ToldWish[]> = async () => []) {
  const asked: [string, readonly Grant[]][] = [];
  const taken: [string, readonly ToldWish[]][] = [];
  const get = (group: string) => ({
    grant: (grants: readonly Grant[]) => {
      asked.push([group, grants]);
      return answer(group, grants);
    },
  });
  const env = { RUN_GROUP: { idFromString: (id: string) => id, get } } as unknown as Env;
  return { asked, taken, carrier: new GrantCarrier(env, (group, wishes) => void taken.push([group, wishes])) };
}

describe("slots that were given", () => {
  test("in one turn go to each group in one call", async () => {
    const { asked, carrier } = carrying();
    for (const holder of [slot("a"), slot("b"), slot("c", 1, "h")]) carrier.tell(holder);
    await arrived();
    expect(asked).toEqual([
      [
        "g",
        [
          { n: "a", number: 1 },
          { n: "b", number: 1 },
        ],
      ],
      ["h", [{ n: "c", number: 1 }]],
    ]);
  });

  test("are known to be known once the group has answered, each by its number", async () => {
    const { carrier } = carrying();
    carrier.tell(slot("a", 2));
    expect(carrier.isTold(slot("a", 2))).toBe(false);
    await arrived();
    expect([1, 2, 3].map((number) => carrier.isTold(slot("a", number)))).toEqual([false, true, false]);
  });

  test("are not known to be known when the call fails", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const { carrier } = carrying(() => Promise.reject(new Error("gone")));
    carrier.tell(slot("a"));
    await arrived();
    expect(carrier.isTold(slot("a"))).toBe(false);
  });

  test("once more with a number that was known are not known to be known", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    let fails = false;
    const { carrier } = carrying(() => (fails ? Promise.reject(new Error("gone")) : Promise.resolve([])));
    carrier.tell(slot("a"));
    carrier.tell(slot("b"));
    await arrived();
    // One is given in the answer to a wish, the other is told again, in vain.
    carrier.giveAnew(slot("a"));
    fails = true;
    carrier.tell(slot("b"));
    await arrived();
    expect([carrier.isTold(slot("a")), carrier.isTold(slot("b"))]).toEqual([false, false]);
  });

  test("once more while the group is still told of the first are not known by its answer", async () => {
    const answers: ((wishes: ToldWish[]) => void)[] = [];
    const { carrier } = carrying(() => new Promise((resolve) => answers.push(resolve)));
    carrier.tell(slot("a"));
    await arrived();
    carrier.tell(slot("a"));
    await arrived();
    answers[0]?.([]);
    await arrived();
    expect([answers.length, carrier.isTold(slot("a"))]).toEqual([2, false]);
    answers[1]?.([]);
    await arrived();
    expect(carrier.isTold(slot("a"))).toBe(true);
  });

  test("that nobody wants are handed back with what is wanted instead", async () => {
    const wish = { n: "a", number: 2, want: "nothing", key: "", rank: 0 } as const;
    const { taken, carrier } = carrying(async () => [wish]);
    carrier.tell(slot("a"));
    await arrived();
    expect(taken).toEqual([["g", [wish]]]);
  });

  test("are known for a minute, however often the alarm comes, and then forgotten", async () => {
    const { carrier } = carrying();
    carrier.tell(slot("a"));
    await arrived();
    const start = Date.now();
    const now = vi.spyOn(Date, "now").mockReturnValue(start + 30_000);
    carrier.tell(slot("b"));
    await arrived();
    carrier.forget();
    expect([carrier.isTold(slot("a")), carrier.isTold(slot("b"))]).toEqual([true, true]);
    now.mockReturnValue(start + 61_000);
    carrier.forget();
    expect([carrier.isTold(slot("a")), carrier.isTold(slot("b"))]).toEqual([false, true]);
  });

  test("wait once, however often they are told while groups do not answer", async () => {
    const open: (() => void)[] = [];
    const { asked, carrier } = carrying(() => new Promise((resolve) => open.push(() => resolve([]))));
    for (let i = 0; i < 20; i += 1) carrier.tell(slot("busy", 1, `g${i}`));
    await arrived();
    for (let i = 0; i < 50; i += 1) carrier.tell(slot("late", 1, "other"));
    carrier.tell(slot("late", 2, "other"));
    await arrived();
    expect(asked).toHaveLength(20);
    for (const answer of open.splice(0)) answer();
    await arrived();
    expect(asked.slice(20)).toEqual([["other", [{ n: "late", number: 2 }]]]);
  });

  test("of one group go in calls of a thousand", async () => {
    const { asked, carrier } = carrying();
    for (let i = 0; i < 2_500; i += 1) carrier.tell(slot(`r${i}`));
    await arrived();
    expect(asked.map(([, grants]) => grants.length)).toEqual([1_000, 1_000, 500]);
  });
});
