import { describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { verify } from "../support/webhook-request.ts";

const secret = { env: "CUSTOM_SECRET" };
const body = '{"kind":"paid","id":7}';

describe("the event of a custom source", () => {
  const source = webhooks.custom({ secret, verify: () => true, deliveryId: { field: "id" } });
  const unnamed = 'The field "id" is no text of 1-256 characters and no whole number.';
  const eventOf = async (type: string, sent: string | Uint8Array) => {
    const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
    const verdict = await verify(source, { body: sent, headers }, "s");
    return verdict.type === "event" ? verdict : verdict.type === "refused" ? verdict.fault : verdict.type;
  };

  test("is the value of JSON", async () => {
    for (const type of ["application/json", "Application/JSON; charset=utf-8", "application/cloudevents+json", ""]) {
      expect(await eventOf(type, '{"id":"d1"}')).toEqual({ type: "event", event: { id: "d1" }, deliveryId: "d1" });
    }
    expect(await eventOf("application/json", "null")).toEqual({ type: "event", event: null, unnamed });
    expect(await eventOf("application/json", '{"id":5}')).toEqual({ type: "event", event: { id: 5 }, deliveryId: "5" });
    expect(await eventOf("application/json", "{")).toBe("body_malformed");
  });

  test("is the fields of a form", async () => {
    const type = "application/x-www-form-urlencoded";
    expect(await eventOf(type, "id=d+1&a=1&a=2&a=3&__proto__=x&b=%zz")).toMatchObject({
      event: { id: "d 1", a: ["1", "2", "3"], b: "%zz" },
      deliveryId: "d 1",
    });
  });

  test("has all values of a field, and no more fields than 10,000", async () => {
    const type = "application/x-www-form-urlencoded";
    const values = Array.from({ length: 10_000 }, (_, i) => String(i));
    const form = values.map((value) => `a=${value}`).join("&");
    expect(await eventOf(type, form)).toEqual({ type: "event", event: { a: values }, unnamed });
    expect(await eventOf(type, `${form}&a=more`)).toBe("body_malformed");
  });

  test("is else the text, and base64 of what is none", async () => {
    expect(await eventOf("text/xml", "<a/>")).toEqual({ type: "event", event: "<a/>", unnamed });
    expect(await eventOf("", "hello")).toEqual({ type: "event", event: "hello", unnamed });
    expect(await eventOf("application/octet-stream", Uint8Array.of(255, 0, 128))).toEqual({
      type: "event",
      event: { base64: "/wCA" },
      unnamed,
    });
    const large = new Uint8Array(3_000_000).fill(255);
    expect(await eventOf("", large)).toEqual({
      type: "event",
      event: { base64: Buffer.from(large).toString("base64") },
      unnamed,
    });
  });

  test("may be named by a whole number, which is what it is as a text", async () => {
    for (const id of ["0", "-7", "12", String(2 ** 53 - 1)]) {
      expect(await eventOf("application/json", `{"id":${id}}`)).toMatchObject({ deliveryId: id });
    }
    // Of those that are not exact two may be the same.
    for (const id of ["1.5", String(2 ** 53), "1e30", "true", '""', "[1]", "null"]) {
      expect(await eventOf("application/json", `{"id":${id}}`), id).toMatchObject({ type: "event", unnamed });
    }
  });

  test("that its header does not name, as it should, is said to be unnamed", async () => {
    const named = webhooks.custom({ secret, verify: () => true, deliveryId: { header: "X-Id" } });
    expect(await verify(named, { body, headers: {} }, "s")).toMatchObject({ unnamed: "The header x-id is missing." });
    expect(await verify(named, { body, headers: { "x-id": "1" } }, "s")).not.toHaveProperty("unnamed");
    const nameless = webhooks.custom({ secret, verify: () => true });
    expect(await verify(nameless, { body, headers: {} }, "s")).not.toHaveProperty("unnamed");
  });
});
