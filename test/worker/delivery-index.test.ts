import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import {
  deliveryStatements,
  insertDeliveries,
  readDeliveries,
  removeDeliveries,
  type DeliveryQuery,
  type DeliveryRow,
} from "../../worker/storage/delivery-index.ts";

const db = env.RUN_INDEX;
const HOUR = 3_600_000;
const [from, to] = [0, HOUR];

const at = (createdAt: number, row: Partial<DeliveryRow>): DeliveryRow => ({
  id: `whd_${createdAt}`,
  createdAt,
  endpoint: "a",
  status: "succeeded",
  externalId: "evt",
  ...row,
});

describe("deliveries", () => {
  const first = at(1, {});
  const filtered = at(2, { status: "filtered" });
  const other = at(3, { endpoint: "b", externalId: 'say "hi", ü' });
  const failed = at(4, { endpoint: "b", status: "failed" });
  const written = insertDeliveries(db, [other, first, failed, filtered]);

  test.each<[string, Partial<DeliveryQuery>, DeliveryRow[]]>([
    ["no filter", {}, [failed, other, filtered, first]],
    ["an endpoint", { endpoints: ["b"] }, [failed, other]],
    ["several endpoints", { endpoints: ["a", "b", "c"], limit: 3 }, [failed, other, filtered]],
    ["a status that most have", { statuses: ["succeeded"] }, [other, first]],
    ["several statuses", { statuses: ["failed", "filtered", "unmatched"] }, [failed, filtered]],
    ["all statuses", { statuses: ["failed", "filtered", "succeeded"] }, [failed, other, filtered, first]],
    ["endpoint and status", { endpoints: ["a"], statuses: ["filtered", "failed"] }, [filtered]],
    ["the time", { from: 2, to: 3 }, [other, filtered]],
    ["older ones", { olderThan: other }, [filtered, first]],
    ["newer ones of an endpoint", { endpoints: ["a"], newerThan: first }, [filtered]],
  ])("are read by %s, newest first, as they were written", async (_, query, expected) => {
    await written;
    expect(await readDeliveries(db, { from, to, limit: 10, ...query })).toEqual(expected);
  });

  test("are written once, and taken out twice", async () => {
    const row = at(HOUR * 2, {});
    await insertDeliveries(db, [row, row]);
    await insertDeliveries(db, [{ ...row, status: "failed" }]);
    const range = { from: HOUR * 2, to: HOUR * 3, limit: 10 };
    expect(await readDeliveries(db, range)).toEqual([row]);
    await removeDeliveries(db, [row]);
    await removeDeliveries(db, [row]);
    expect(await readDeliveries(db, range)).toEqual([]);
  });

  test("are searched for by an index whatever is asked, and never sorted", async () => {
    const queries = [{}, { endpoints: ["a"] }, { statuses: ["failed"] }, { statuses: ["succeeded"] }] as const;
    for (const query of queries) {
      for (const { sql, parameters } of deliveryStatements({ from, to, limit: 10, ...query })) {
        const { results } = await db
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .bind(...parameters)
          .all<{ detail: string }>();
        const plan = results.map(({ detail }) => detail).join("; ");
        expect(plan).toMatch(/^SEARCH w USING/);
        expect(plan).not.toContain("TEMP B-TREE");
      }
    }
  });
});
