import { describe, expect, test } from "vitest";
import { renewLeases } from "../../worker/engine/renew-leases.ts";
import { EngineGroup } from "../support/engine-group.ts";
import { LEASE_MS } from "../support/run-records.ts";

describe("a lease", () => {
  const held = () => {
    const group = new EngineGroup();
    group.admit();
    const claim = group.claim();
    const renew = () => group.turn((turn) => renewLeases(turn, [claim, { n: "k", epoch: 9 }], LEASE_MS));
    const due = () => group.turn((turn) => turn.run("k")?.state);
    return { group, claim, renew, due };
  };

  test("is written anew only when less than half of it is left", () => {
    const { group, renew, due } = held();
    const first = due();
    group.now += LEASE_MS / 3;
    expect(renew()).toEqual([{ n: "k" }]);
    expect(due()).toEqual(first);
    group.now += LEASE_MS / 3;
    renew();
    expect(due()).toMatchObject({ at: "executing", due: group.now - 1 + LEASE_MS });
  });

  test("holds for as long as it is renewed, and runs out by its row alone", () => {
    const { group, claim, renew, due } = held();
    for (let i = 0; i < 20; i += 1) {
      group.wakeAfter(LEASE_MS / 3);
      renew();
    }
    expect(due()).toMatchObject({ at: "executing" });
    group.wakeAfter(LEASE_MS);
    expect(group.last?.ready).toEqual([{ n: "k", epoch: claim.epoch, alone: true }]);
  });
});
