import { afterEach, describe, expect, test } from "vitest";
import { AbortTaskRunError, retry, RunletError, step } from "../../sdk/index.ts";
import { RunCanceledError } from "../../sdk/lib/errors.ts";
import { readFetchRetry } from "../../sdk/lib/fetch-strategy.ts";
import { readResetTime, readRetryAfter } from "../../sdk/lib/reset-time.ts";
import { delayAfter } from "../../sdk/lib/retry-fetch.ts";
import { badStatusPattern, matchesStatus } from "../../sdk/lib/status-pattern.ts";
import { serve, type Answer, type TestServer } from "../support/http-server.ts";
import { Rehearsal } from "../support/rehearsal.ts";

const SOON = { minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };
const BACKOFF = { strategy: "backoff", ...SOON } as const;

let server: TestServer | undefined;
afterEach(() => server?.close());

/** The address of a server that gives these answers, the last one again and again. */
async function answering(...answers: readonly (Answer | (() => Promise<Answer>))[]): Promise<string> {
  server = await serve((_, nth) => {
    const answer = answers[Math.min(nth, answers.length - 1)] ?? {};
    return typeof answer === "function" ? answer() : answer;
  });
  return server.url;
}

describe("retry.onThrow", () => {
  test("calls the function until it does not throw, and tells it which attempt this is", async () => {
    const seen: unknown[] = [];
    const result = await retry.onThrow(
      async (attempt) => {
        seen.push(attempt);
        if (attempt.attempt < 3) throw new Error("once more");
        return "done";
      },
      { maxAttempts: 5, ...SOON },
    );
    expect(result).toBe("done");
    expect(seen).toEqual([1, 2, 3].map((attempt) => ({ attempt, maxAttempts: 5 })));
  });

  test("rejects with the last error when all attempts have failed", async () => {
    let calls = 0;
    const attempts = retry.onThrow(
      () => {
        calls += 1;
        throw new Error(`call ${calls}`);
      },
      { maxAttempts: 3, minTimeoutInMs: 0, randomize: false },
    );
    await expect(attempts).rejects.toThrow("call 3");
    expect(calls).toBe(3);
  });

  test("does not try again what says that it must not be", async () => {
    let calls = 0;
    const attempts = retry.onThrow(() => {
      calls += 1;
      throw new AbortTaskRunError("enough");
    }, SOON);
    await expect(attempts).rejects.toThrow("enough");
    expect(calls).toBe(1);
  });

  test("ends its pause when the run is cancelled", async () => {
    const run = new Rehearsal(() =>
      step.run("s", () =>
        retry.onThrow(
          () => {
            setTimeout(() => run.aborter.abort(new RunCanceledError("The run was canceled.")), 10);
            throw new Error("no luck");
          },
          { minTimeoutInMs: 60_000 },
        ),
      ),
    );
    expect((await run.fails()).error).toMatchObject({ name: "RunCanceledError" });
  });

  test("refuses options out of range by their names", async () => {
    await expect(retry.onThrow(() => 1, { maxAttempts: 0 })).rejects.toThrow("retry.maxAttempts of retry.onThrow()");
  });
});

describe("retry.fetch", () => {
  const byStatus = { "5xx,429": BACKOFF };

  test("gives an answer that is good, and one that its options do not name, at once", async () => {
    const url = await answering({ status: 200, body: "good" });
    expect(await (await retry.fetch(url)).text()).toBe("good");
    const missing = await answering({ status: 404 });
    expect((await retry.fetch(missing)).status).toBe(404);
    expect(server?.seen).toHaveLength(1);
  });

  test("makes the request again, as it was, until the answer is good", async () => {
    const url = await answering({ status: 503 }, { status: 429 }, { status: 200, body: "good" });
    const init = { method: "POST", body: "hello", headers: { "x-word": "w" }, retry: { byStatus } };
    expect(await (await retry.fetch(url, init)).text()).toBe("good");
    const seen = server?.seen.map(({ method, body, headers }) => [method, body, headers["x-word"]]);
    expect(seen).toEqual([1, 2, 3].map(() => ["POST", "hello", "w"]));
  });

  test("takes a Request with a body, too", async () => {
    const url = await answering({ status: 503 }, { status: 200 });
    const request = new Request(url, { method: "PUT", body: "hello" });
    expect((await retry.fetch(request, { retry: { byStatus } })).status).toBe(200);
    expect(server?.seen.map(({ body }) => body)).toEqual(["hello", "hello"]);
  });

  test("gives the last answer when no attempts are left", async () => {
    const url = await answering({ status: 503, body: "busy" });
    const response = await retry.fetch(url, { retry: { byStatus: { 503: { ...BACKOFF, maxAttempts: 4 } } } });
    expect(await response.text()).toBe("busy");
    expect(server?.seen).toHaveLength(4);
  });

  test("makes ten requests at most, whatever its options say", async () => {
    const url = await answering({ status: 503 });
    await retry.fetch(url, { retry: { byStatus: { 503: { ...BACKOFF, maxAttempts: 100 } } } });
    expect(server?.seen).toHaveLength(10);
  });

  test("waits until the time that the answer's header names", async () => {
    const until = Date.now() + 300;
    const limited = { status: 429, headers: { "x-reset": String(until) } };
    const url = await answering(limited, { status: 200 });
    const headers = { limitHeader: "x-limit", remainingHeader: "x-left", resetHeader: "x-reset" };
    const response = await retry.fetch(url, { retry: { byStatus: { 429: { strategy: "headers", ...headers } } } });
    expect(response.status).toBe(200);
    expect(Date.now()).toBeGreaterThanOrEqual(until - 5);
  });

  test("tries again when the connection breaks, as often as its options say", async () => {
    const url = await answering({ hangUp: true }, { hangUp: true }, { status: 200 });
    expect((await retry.fetch(url, { retry: { connectionError: SOON } })).status).toBe(200);
    const dead = await answering({ hangUp: true });
    await expect(retry.fetch(dead, { retry: { connectionError: { ...SOON, maxAttempts: 2 } } })).rejects.toThrow(
      "fetch failed",
    );
    expect(server?.seen).toHaveLength(2);
    await expect(retry.fetch(dead, { retry: { connectionError: null } })).rejects.toThrow("fetch failed");
    expect(server?.seen).toHaveLength(3);
  });

  test("gives up a request that takes too long, and tries it again", async () => {
    const slow = () => new Promise<Answer>((resolve) => setTimeout(() => resolve({}), 5_000));
    const url = await answering(slow, { status: 200 });
    expect((await retry.fetch(url, { timeoutInMs: 1_000, retry: { timeout: SOON } })).status).toBe(200);
    await expect(
      retry.fetch(await answering(slow), { timeoutInMs: 500, retry: { timeout: { ...SOON, maxAttempts: 2 } } }),
    ).rejects.toMatchObject({ name: "TimeoutError" });
    expect(server?.seen).toHaveLength(2);
  });

  test("is stopped by a signal of its caller, and does not try again", async () => {
    const caller = new AbortController();
    const url = await answering(() => {
      caller.abort(new DOMException("It takes too long.", "TimeoutError"));
      return new Promise<Answer>((resolve) => setTimeout(() => resolve({}), 5_000));
    });
    await expect(retry.fetch(url, { signal: caller.signal })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(server?.seen).toHaveLength(1);
  });

  test("is stopped in its pause when the run is cancelled", async () => {
    const url = await answering({ status: 503 });
    const run = new Rehearsal(async () => {
      setTimeout(() => run.aborter.abort(new RunCanceledError("The run was canceled.")), 30);
      await retry.fetch(url, { retry: { byStatus: { 503: { strategy: "backoff", minTimeoutInMs: 60_000 } } } });
    });
    expect((await run.fails()).error.name).toBe("RunCanceledError");
  });

  test("does not try again what is wrong with the request", async () => {
    await expect(retry.fetch("no address")).rejects.toThrow(TypeError);
  });

  test.each([
    [{ byStatus: { "6": BACKOFF } }, '"6" is no status'],
    [{ byStatus: { "5xx": { strategy: "luck" } } }, 'must be "backoff" or "headers"'],
    [{ byStatus: { "5xx": { ...BACKOFF, bodyFilter: {} } } }, 'Option "bodyFilter"'],
    [{ byStatus: { "5xx": { ...BACKOFF, factor: 0 } } }, "retry.factor"],
    [{ byStatus: { "429": { strategy: "headers" } } }, "needs a resetHeader"],
    [{ byStatus: { "429": { strategy: "headers", resetHeader: "x", resetFormat: "soon" } } }, "resetFormat"],
    [{ timeout: { maxAttempts: 0 } }, "retry.maxAttempts"],
    [{ onStatus: {} }, 'Option "onStatus" of retry.fetch() is unknown'],
  ])("refuses %j", async (options, message) => {
    const attempt = retry.fetch("http://127.0.0.1:1/", { retry: options as object });
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toBeInstanceOf(RunletError);
  });
});

describe("the pause after an answer", () => {
  const NOW = Date.UTC(2026, 0, 1);
  const after = (status: number, headers: Record<string, string>, retryOptions = {}) =>
    delayAfter(new Response(null, { status, headers }), readFetchRetry(retryOptions), 1, NOW);

  test("is that of Retry-After, in seconds or as a date", () => {
    expect(after(429, { "retry-after": "7" })).toBe(7_000);
    expect(after(503, { "retry-after": new Date(NOW + 9_000).toUTCString() })).toBe(9_000);
    expect(after(503, { "retry-after": new Date(NOW - 9_000).toUTCString() })).toBe(0);
  });

  test("grows as the options say when the answer does not name one", () => {
    expect(after(500, {})).toBeGreaterThanOrEqual(1_000);
    expect(after(500, { "retry-after": "soon" })).toBeLessThanOrEqual(2_000);
    expect(after(418, {})).toBeUndefined();
    expect(after(429, {}, { byStatus: null })).toBeUndefined();
  });

  test("that a header should name is not waited for when the header is missing", () => {
    const byStatus = { 429: { strategy: "headers", resetHeader: "x-reset", resetFormat: "unix_timestamp" } };
    expect(after(429, {}, { byStatus })).toBeUndefined();
    expect(after(429, { "retry-after": "3" }, { byStatus })).toBe(3_000);
    expect(after(429, { "x-reset": String(NOW / 1000 + 4) }, { byStatus })).toBe(4_000);
    expect(after(429, { "x-reset": String(NOW / 1000 - 4) }, { byStatus })).toBe(0);
  });
});

describe("a time in a header", () => {
  test.each([
    ["1700000000", "unix_timestamp", 1_700_000_000_000],
    ["1700000000000", "unix_timestamp_in_ms", 1_700_000_000_000],
    ["2026-01-01T00:00:05Z", "iso_8601", Date.UTC(2026, 0, 1, 0, 0, 5)],
    ["6m0s", "iso_8601_duration_openai_variant", 1_000 + 360_000],
    ["1d2h3m4.5s6ms", "iso_8601_duration_openai_variant", 1_000 + 93_784_506],
    ["17ms", "iso_8601_duration_openai_variant", 1_017],
    ["soon", "iso_8601_duration_openai_variant", undefined],
    ["", "iso_8601_duration_openai_variant", undefined],
    ["", "unix_timestamp", undefined],
    ["soon", "unix_timestamp_in_ms", undefined],
    ["soon", "iso_8601", undefined],
  ] as const)("%j as %s is %s", (text, format, expected) => {
    expect(readResetTime(text, format, 1_000)).toBe(expected);
  });

  test("of Retry-After is seconds from now or a date", () => {
    expect(readRetryAfter(" 2 ", 1_000)).toBe(3_000);
    expect(readRetryAfter("Thu, 01 Jan 1970 00:00:09 GMT", 1_000)).toBe(9_000);
    expect(readRetryAfter("", 1_000)).toBeUndefined();
  });
});

test.each([
  ["429", [429], [428, 430]],
  ["500-599", [500, 550, 599], [499, 600]],
  ["5xx", [500, 599], [499, 600]],
  ["50x", [500, 509], [510]],
  ["401, 403,5XX", [401, 403, 502], [402]],
  ["all", [100, 404, 599], []],
])("the pattern %s is of its statuses only", (pattern, within, without) => {
  expect(badStatusPattern(pattern)).toBeUndefined();
  for (const status of within) expect(matchesStatus(status, pattern)).toBe(true);
  for (const status of without) expect(matchesStatus(status, pattern)).toBe(false);
});
