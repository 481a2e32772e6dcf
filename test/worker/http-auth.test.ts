import { describe, expect, test } from "vitest";
import { KEY, RecordingEngine, ask } from "./recording-engine.ts";

function withKey(authorization: string, configured: string | undefined) {
  const bindings = configured === undefined ? {} : { RUNLET_SECRET_KEY: configured };
  return ask("/api/v3/runs/run_1", { headers: { authorization } }, new RecordingEngine(), bindings);
}

describe("a request", () => {
  test("with the configured key is served", async () => {
    expect((await withKey(`Bearer ${KEY}`, KEY)).status).toBe(200);
    expect((await withKey(`bearer  ${KEY} `, KEY)).status).toBe(200);
  });

  test("with any of several keys is served, so that keys can be rotated", async () => {
    for (const key of ["old", "new", "newest"]) {
      expect((await withKey(`Bearer ${key}`, "old, new ,,newest")).status).toBe(200);
    }
  });

  test.each(["", "Bearer", "Bearer ", "Basic abc", KEY])("with the authorization %j lacks a key", async (given) => {
    const { status, body, headers } = await withKey(given, KEY);
    expect([status, body["code"], headers.get("www-authenticate")]).toEqual([401, "missing_key", "Bearer"]);
  });

  test.each([`${KEY}x`, KEY.slice(1), KEY.toUpperCase(), "old,new", ",,,"])(
    "with the key %j is refused",
    async (given) => {
      const { status, body } = await withKey(`Bearer ${given}`, `${KEY},old,new`);
      expect([status, body["code"]]).toEqual([401, "invalid_key"]);
      expect(JSON.stringify(body)).not.toContain(given);
    },
  );

  test("is refused with what to do when the deployment has no key", async () => {
    for (const configured of [undefined, "", " , "]) {
      const { status, body, headers } = await withKey(`Bearer ${KEY}`, configured);
      expect([status, body["code"], headers.get("x-should-retry")]).toEqual([503, "no_secret_key", "false"]);
      expect(body["error"]).toContain("RUNLET_SECRET_KEY");
    }
  });

  test("is told apart from one that was served before, whichever key that had", async () => {
    const keys = "served-1,served-2";
    for (const key of ["served-1", "served-2", "served-1", "served-2"]) {
      expect((await withKey(`Bearer ${key}`, keys)).status).toBe(200);
    }
    for (const key of ["served-3", "served-", "served-12", "Served-1", "xerved-1"]) {
      expect((await withKey(`Bearer ${key}`, keys)).status).toBe(401);
    }
    expect((await withKey("Bearer served-1", "served-2")).status).toBe(401);
    expect((await withKey("Bearer served-2", "served-2")).status).toBe(200);
  });

  test("follows the configuration when it changes", async () => {
    expect((await withKey("Bearer first", "first")).status).toBe(200);
    expect((await withKey("Bearer first", "second")).status).toBe(401);
    expect((await withKey("Bearer second", "second")).status).toBe(200);
  });

  test("for the health needs no key", async () => {
    for (const path of ["/health", "/api/v1/health"]) {
      const { status, body } = await ask(path, { headers: { authorization: "none" } }, new RecordingEngine(), {});
      expect([status, body]).toEqual([200, { status: "ok" }]);
    }
  });
});
