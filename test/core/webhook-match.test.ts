import { expect, test } from "vitest";
import { keyOfEvent, keyOfMatch, shapeOf, type WebhookMatch } from "../../worker/core/webhook-match.ts";

const fits = (match: WebhookMatch, event: unknown) => keyOfEvent(shapeOf(match), event) === keyOfMatch(match);
const event = { type: "paid", ok: true, data: { object: { id: "ch_1", amount: 5 } }, items: [{ id: 1 }], none: null };

test.each<[WebhookMatch]>([
  [{}],
  [{ type: "paid" }],
  [{ "data.object.id": "ch_1", type: "paid" }],
  [{ type: "paid", "data.object.id": "ch_1" }],
  [{ "data.object.amount": 5, ok: true }],
  [{ "items.0.id": 1 }],
])("an event fits %j", (match) => expect(fits(match, event)).toBe(true));

test.each<[WebhookMatch]>([
  [{ type: "created" }],
  [{ "data.object.amount": "5" }],
  [{ "data.object": "ch_1" }],
  [{ "data.object.id.length": 4 }],
  [{ "items.length": 1 }],
  [{ none: "null" }],
  [{ constructor: "Object" }],
  [{ "data..id": "ch_1" }],
  [{ type: "paid", missing: 1 }],
])("an event does not fit %j", (match) => expect(fits(match, event)).toBe(false));

test("an event that is no object fits only what asks for nothing", () => {
  for (const body of ["text", null, 5, [1]]) expect([fits({}, body), fits({ a: 1 }, body)]).toEqual([true, false]);
});

test("places in any order are one shape, and a value that is too long is never found", () => {
  expect(shapeOf({ a: 1, b: 2 })).toBe(shapeOf({ b: 3, a: 4 }));
  expect(fits({ a: "x".repeat(512) }, { a: "x".repeat(512) })).toBe(true);
  expect(fits({ a: "x".repeat(513) }, { a: "x".repeat(513) })).toBe(false);
});
