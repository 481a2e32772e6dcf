import { describe, expect, test } from "vitest";
import { applyOperations, type Metadata, type MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import { UnsentChanges } from "../../sdk/lib/unsent-changes.ts";
import { Random } from "../support/random.ts";

describe("changes that wait to be sent", () => {
  test("leave one of a loop that sets and counts", () => {
    const unsent = new UnsentChanges();
    for (let i = 1; i <= 1000; i += 1) {
      unsent.add("run", { type: "set", key: "progress", value: i }, undefined);
      unsent.add("run", { type: "increment", key: "$.done.rows", value: 2 }, undefined);
    }
    expect(unsent.take(undefined).map(({ operation }) => operation)).toEqual([
      { type: "set", key: "progress", value: 1000 },
      { type: "increment", key: "$.done.rows", value: 2000 },
    ]);
    expect([unsent.size, unsent.take(undefined)]).toEqual([0, []]);
  });

  test("do not join over a change of the same field by another path, run or step", () => {
    const unsent = new UnsentChanges();
    const add = (key: string): MetadataOperation => ({ type: "increment", key, value: 1 });
    unsent.add("run", add("$.a.n"), undefined);
    unsent.add("run", { type: "delete", key: "a" }, undefined);
    unsent.add("run", add("$.a.n"), undefined);
    unsent.add("parent", add("$.a.n"), undefined);
    unsent.add("run", { type: "update", value: {} }, undefined);
    unsent.add("run", add("$.a.n"), undefined);
    unsent.add("run", add("$.a.n"), "step:s#0");
    unsent.add("parent", add("$.a.n"), undefined);
    const taken = unsent.take("step:s#0");
    expect(taken.length).toBe(7);
    expect(taken.find(({ of }) => of === "parent")?.operation).toEqual({ type: "increment", key: "$.a.n", value: 2 });
  });

  test("go with their step, or without one", () => {
    const unsent = new UnsentChanges();
    for (const step of ["a", undefined, "b"]) unsent.add("run", { type: "delete", key: step ?? "none" }, step);
    const keys = (step: string | undefined) =>
      unsent.take(step).map(({ operation }) => (operation.type === "update" ? "" : operation.key));
    expect([keys("a"), keys(undefined), keys("b")]).toEqual([["a", "none"], [], ["b"]]);
  });

  test("joined, do what they do one by one", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = new Random(seed);
      const key = () => random.pick(["a", "b", "$.a", "$.a.x", "$.b.y", "$.b[0]"]);
      const operations = Array.from({ length: 30 }, (): MetadataOperation => {
        switch (random.pick(["set", "append", "remove", "delete", "increment", "update"])) {
          case "set":
            return { type: "set", key: key(), value: random.pick([1, [1], { x: 1 }, null]) };
          case "append":
            return { type: "append", key: key(), value: random.pick([1, 2]) };
          case "remove":
            return { type: "remove", key: key(), value: random.pick([1, 2]) };
          case "increment":
            return { type: "increment", key: key(), value: random.pick([1, -2]) };
          case "update":
            return { type: "update", value: random.pick([{}, { a: { x: 1 } }]) };
          default:
            return { type: "delete", key: key() };
        }
      });
      const unsent = new UnsentChanges();
      for (const operation of operations) unsent.add("run", operation, undefined);
      const joined = unsent.take(undefined).map(({ operation }) => operation);
      const start: Metadata = { a: [1], b: { y: 1 } };
      expect(applyOperations(start, joined), `seed ${seed}`).toEqual(applyOperations(start, operations));
    }
  });
});
