import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { BulkActionRequest } from "../../sdk/lib/door.ts";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import { planBulk } from "../../worker/engine/plan-bulk.ts";

const NOW = Date.UTC(2026, 5, 1);
const DAY = 86_400_000;

const plan = (request: Partial<BulkActionRequest>) =>
  planBulk(env, { action: "cancel", requestKey: "k", ...request }, NOW);

const runId = (n: number): string => formatId("run", encodeGroup(env.RUN_GROUP.idFromName(`${n}`).toString()), "k");

describe("a plan", () => {
  test("has each run once", () => {
    const runIds = [runId(1), runId(2), runId(1)];
    expect(plan({ runIds, name: "n" })).toEqual({ verb: "cancel", name: "n", runIds: runIds.slice(0, 2) });
  });

  test("has the window of a list where a filter says nothing of time, and the period as it is now", () => {
    const request = { action: "replay", targetRegion: "eu" } as const;
    expect(plan({ ...request, filter: { tag: ["a", "a"], batch: "b", bulkAction: "c" } })).toEqual({
      ...{ verb: "replay", region: "eu" },
      filter: { tags: ["a"], batchId: "b", bulkId: "c", from: NOW - 7 * DAY, to: Number.MAX_SAFE_INTEGER - 1 },
    });
    const { filter } = plan({ action: "replay", filter: { period: "30d", to: new Date(NOW - DAY) } });
    expect(filter).toEqual({ from: NOW - 30 * DAY, to: NOW - DAY });
  });

  test("to cancel means runs that go on, whatever statuses are asked for beside", () => {
    const going = ["PENDING_VERSION", "DELAYED", "QUEUED", "DEQUEUED", "EXECUTING", "WAITING"];
    expect(plan({ filter: { tag: ["a"] } }).filter?.statuses).toEqual(going);
    expect(plan({ filter: { status: ["FAILED", "QUEUED"] } }).filter?.statuses).toEqual(["QUEUED"]);
    expect(plan({ action: "replay", filter: { status: ["FAILED"] } }).filter?.statuses).toEqual(["FAILED"]);
    expect(plan({ action: "replay", filter: { tag: ["a"] } }).filter).not.toHaveProperty("statuses");
  });
});

describe("no plan is made", () => {
  const ids = (count: number) => Array.from({ length: count }, (_, i) => runId(i));

  test.each<[string, Partial<BulkActionRequest>]>([
    ["runIds or filter", {}],
    ["runIds or filter", { runIds: [runId(1)], filter: { period: "1d" } }],
    ["runIds must hold 1 to 500 ids, not 0", { runIds: [] }],
    ["not 501", { runIds: ids(501) }],
    ['runIds[1] must be the id of a run of this deployment, not "run_x"', { runIds: [runId(1), "run_x"] }],
    ["runIds[0]", { runIds: [`run_${"A".repeat(43)}_k`] }],
    ["runIds[0]", { runIds: [runId(1).replace("run_", "batch_")] }],
    ["must have a field", { filter: {} }],
    ["filter.status must have a value", { filter: { status: [], tag: ["a"] } }],
    ["filter.tag takes up to 50 values", { filter: { tag: Array.from({ length: 51 }, (_, i) => `${i}`) } }],
    ["filter.period", { filter: { period: "soon" } }],
    ["nothing to cancel", { filter: { status: ["FAILED", "COMPLETED"] } }],
    ["targetRegion is for replays", { runIds: [runId(1)], targetRegion: "eu" }],
    ["targetRegion must have", { action: "replay", runIds: [runId(1)], targetRegion: "" }],
    ["name must have 255", { runIds: [runId(1)], name: "n".repeat(256) }],
  ])("where %j is to be said", (message, request) => {
    const refusal = expect.objectContaining({ status: 400, message: expect.stringContaining(message) });
    expect(() => plan(request)).toThrow(refusal);
  });

  test("and 500 ids are not too many", () => {
    expect(plan({ runIds: ids(500) }).runIds).toHaveLength(500);
  });
});
