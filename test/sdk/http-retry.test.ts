import { afterEach, describe, expect, test } from "vitest";
import { HttpDoor } from "../../sdk/lib/http-door.ts";
import type { Pacing } from "../../sdk/lib/http-retry.ts";
import { serve, type Answer, type TestServer } from "../support/http-server.ts";
import { notedPacing } from "../support/pacing.ts";

let server: TestServer | undefined;
afterEach(() => server?.close());

const GOOD: Answer = { body: { id: "run_1", isCached: false } };
const TRIGGER = { task: "t", payload: { type: "application/json" }, options: {}, requestKey: "key-1" } as const;

/** Triggers once against a server that gives the answers in turn, the last one for ever. */
async function triggerAgainst(answers: readonly Answer[], changes: Partial<Pacing> = {}) {
  server = await serve((_request, nth) => answers[Math.min(nth, answers.length - 1)] ?? GOOD);
  const pacing = notedPacing(changes);
  const door = new HttpDoor({ baseURL: server.url, accessToken: "tr_dev_key" }, pacing);
  const outcome = await door.trigger(TRIGGER).catch((error: unknown) => error);
  return { outcome, seen: server.seen, pauses: pacing.pauses };
}

describe("a request over HTTP", () => {
  test.each([408, 409, 429, 500, 502, 503, 504])("is tried again after a %i", async (status) => {
    const { outcome, seen, pauses } = await triggerAgainst([{ status, body: { error: "later" } }, GOOD]);
    expect(outcome).toEqual({ id: "run_1", isCached: false });
    expect(seen).toHaveLength(2);
    expect(pauses).toEqual([1000]);
  });

  test("is tried again when the connection breaks", async () => {
    const { outcome, seen } = await triggerAgainst([{ hangUp: true }, { hangUp: true }, GOOD]);
    expect(outcome).toEqual({ id: "run_1", isCached: false });
    expect(seen).toHaveLength(3);
  });

  test("is tried again when the answer is cut off", async () => {
    const cut = { headers: { "content-length": "100" }, body: '{"id":' };
    const answers = [cut, GOOD];
    server = await serve((_request, nth) => {
      if (nth === 0) setTimeout(() => void server?.close(), 50);
      return answers[nth] ?? GOOD;
    });
    const pacing = notedPacing({ attempts: 2 });
    const door = new HttpDoor({ baseURL: server.url, accessToken: "k" }, pacing);
    await expect(door.trigger(TRIGGER)).rejects.toMatchObject({ code: "network_error" });
    expect(pacing.pauses).toEqual([1000]);
  });

  test("retries a 503 four times, with growing pauses, then throws it", async () => {
    const { outcome, seen, pauses } = await triggerAgainst([{ status: 503, body: { error: "busy", code: "busy" } }]);
    expect(seen).toHaveLength(5);
    expect(pauses.map(Math.round)).toEqual([1000, 1600, 2560, 4096]);
    expect(outcome).toMatchObject({ name: "RunletApiError", status: 503, code: "busy", message: "busy" });
  });

  test("pauses 30 seconds at most", async () => {
    const { pauses } = await triggerAgainst([{ status: 500, body: {} }], { attempts: 12 });
    expect(pauses.at(-1)).toBe(30_000);
  });

  test("carries one request key, which all its attempts have in common", async () => {
    const { seen } = await triggerAgainst([{ status: 500, body: {} }, { hangUp: true }, GOOD]);
    expect(seen.map(({ headers }) => headers["x-trigger-request-idempotency-key"])).toEqual([
      "key-1",
      "key-1",
      "key-1",
    ]);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
  });

  test.each([400, 401, 403, 404, 413, 422])("is not tried again after a %i", async (status) => {
    const { outcome, seen } = await triggerAgainst([{ status, body: { error: "no", code: "refused" } }, GOOD]);
    expect(seen).toHaveLength(1);
    expect(outcome).toMatchObject({ status, code: "refused", message: "no" });
  });

  test("is tried again, or not, as x-should-retry says", async () => {
    const told = await triggerAgainst([{ status: 404, headers: { "x-should-retry": "true" }, body: {} }, GOOD]);
    expect(told.outcome).toEqual({ id: "run_1", isCached: false });
    await server?.close();
    const refused = await triggerAgainst([{ status: 500, headers: { "x-should-retry": "false" }, body: {} }, GOOD]);
    expect(refused.seen).toHaveLength(1);
  });

  test("waits until the rate limit is reset, with jitter", async () => {
    const limited = { status: 429, headers: { "x-ratelimit-reset": "1000700" }, body: { error: "slow down" } };
    expect((await triggerAgainst([limited, GOOD])).pauses).toEqual([1200]);
  });

  test("does not wait for a reset that has passed, nor for hours", async () => {
    const passed = { status: 429, headers: { "x-ratelimit-reset": "900000" }, body: {} };
    expect((await triggerAgainst([passed, GOOD])).pauses).toEqual([0]);
    await server?.close();
    const far = { status: 429, headers: { "x-ratelimit-reset": "99000000000" }, body: {} };
    expect((await triggerAgainst([far, GOOD])).pauses).toEqual([300_000]);
  });

  test.each([
    ["seconds", "7", 7000],
    ["a date", new Date(1_030_000).toUTCString(), 30_000],
    ["nothing readable", "soon", 1000],
  ])("waits as long as retry-after says in %s", async (_form, retryAfter, pause) => {
    const limited = { status: 429, headers: { "retry-after": retryAfter }, body: {} };
    expect((await triggerAgainst([limited, GOOD])).pauses).toEqual([pause]);
  });

  test("fails with status 0 and the cause when nobody answers", async () => {
    server = await serve(() => GOOD);
    const { url } = server;
    await server.close();
    const door = new HttpDoor({ baseURL: url, accessToken: "k" }, notedPacing());
    await expect(door.trigger(TRIGGER)).rejects.toMatchObject({
      name: "RunletApiError",
      status: 0,
      code: "network_error",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test.each([
    ["an answer that is not JSON", "<html>hello", "The platform's answer is not JSON: <html>hello"],
    ["an answer without its fields", { isCached: true }, 'not understood at "id"'],
  ])("refuses %s at once", async (_name, body, message) => {
    const { outcome, seen } = await triggerAgainst([{ body }, GOOD]);
    expect(seen).toHaveLength(1);
    expect(outcome).toMatchObject({ status: 200, code: "invalid_answer", message: expect.stringContaining(message) });
  });

  test("shows the text of an error from something in between", async () => {
    const { outcome } = await triggerAgainst([{ status: 403, body: "<h1>Forbidden</h1>" }]);
    expect(outcome).toMatchObject({ code: "http_403", message: "403 Forbidden: <h1>Forbidden</h1>" });
  });
});
