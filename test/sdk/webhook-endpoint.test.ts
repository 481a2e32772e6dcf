import { describe, expect, test } from "vitest";
import { webhooks } from "../../sdk/index.ts";

const source = webhooks.github({ secret: { env: "GITHUB_WEBHOOK_SECRET" } });
const untyped = webhooks.endpoint.define as (options: unknown) => unknown;

describe("webhooks.endpoint.define", () => {
  test("gives the endpoint as it was declared", () => {
    expect(webhooks.endpoint.define({ id: "code", source })).toEqual({ id: "code", source });
    const options = { id: "code", source, description: "Pushes", metadata: { team: "core" } };
    expect(webhooks.endpoint.define(options)).toEqual(options);
  });

  test.each<[unknown, string]>([
    [undefined, "takes an object"],
    [{ source }, "An endpoint needs an id"],
    [{ id: "a b", source }, 'The endpoint id "a b" may hold only'],
    [{ id: "x".repeat(129), source }, "the limit is 128"],
    [{ id: "a" }, "must be a source"],
    [{ id: "a", source: "github" }, "must be a source"],
    [{ id: "a", source, description: 5 }, "description"],
    [{ id: "a", source, metadata: [] }, "metadata"],
    [{ id: "a", source, metadata: { n: 1n } }, "metadata"],
    [{ id: "a", source, path: "/x" }, '"path"'],
  ])("refuses %o", (options, message) => {
    expect(() => untyped(options)).toThrow(expect.objectContaining({ name: "RunletError" }));
    expect(() => untyped(options)).toThrow(message);
  });
});
