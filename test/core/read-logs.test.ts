import { describe, expect, test } from "vitest";
import { readLogs } from "../../worker/engine/read-logs.ts";
import { COMPLETED, EngineGroup, suspendedFor, TRY_AGAIN } from "../support/engine-group.ts";

describe("what a pass logs", () => {
  const line = (message: string) => ({ at: 1, level: "info", message }) as const;

  test("reads in the order of the passes, with the attempt, and a replay knows how much there is", () => {
    const group = new EngineGroup();
    group.admit();
    for (let pass = 1; pass <= 11; pass += 1) {
      const { n, epoch, logged } = group.claim();
      expect(logged).toBe(pass - 1);
      group.reportAll([{ n, epoch, end: suspendedFor(), logs: [line(`${pass}`)], logged: pass }]);
      group.turn((turn) => turn.apply("k", { type: "settled" }));
    }
    const { n, epoch } = group.claim();
    group.reportAll([{ n, epoch, end: TRY_AGAIN, logs: [], logged: 11 }], 0);
    const second = group.claim();
    expect(second.logged).toBe(0);
    group.reportAll([{ n, epoch: second.epoch, end: COMPLETED, logs: [line("again")], logged: 1 }]);
    const said = group.turn((turn) => readLogs(turn, "k", undefined)?.data ?? []);
    expect(said.map(({ message }) => message)).toEqual([..."123456789", "10", "11", "again"]);
    expect(said.map(({ attempt }) => attempt)).toEqual([...Array.from({ length: 11 }, () => 1), 2]);
  });
});
