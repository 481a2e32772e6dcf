import { beforeAll, describe, expect, inject, test } from "vitest";
import { runs, wait, type TokenListFilter } from "../../sdk/index.ts";
import { approve, awaitToken, findToken } from "../support/tasks-tokens.ts";
import { call, connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

// Scenario 33.
describe("a token", () => {
  test("hands what it is completed with to the run that waits for it, types and all", async () => {
    const token = await wait.createToken();
    const handle = await awaitToken.trigger({ token: token.id });
    await expect.poll(async () => (await runs.retrieve(handle)).status, { timeout: 10_000 }).toBe("WAITING");
    const at = new Date(0);
    await wait.completeToken(token, { yes: true, at });
    expect(await outputOf(handle)).toEqual({ yes: true, at });
    expect(await wait.retrieveToken(token)).toMatchObject({ status: "COMPLETED", output: { yes: true, at } });
  });

  test("that was completed before the wait is given at once", async () => {
    const token = await wait.createToken();
    await wait.completeToken(token, { yes: true });
    expect(await outputOf(await awaitToken.trigger({ token: token.id }))).toEqual({ yes: true });
  });

  test("that is completed twice keeps what came first", async () => {
    const token = await wait.createToken();
    await wait.completeToken(token, { yes: true });
    expect(await wait.completeToken(token, { yes: false })).toEqual({ success: true });
    expect((await wait.retrieveToken(token)).output).toEqual({ yes: true });
  });

  test("resumes all runs that wait for it", async () => {
    const token = await wait.createToken();
    const handles = await Promise.all(Array.from({ length: 20 }, () => awaitToken.trigger({ token: token.id })));
    for (const handle of handles) {
      await expect.poll(async () => (await runs.retrieve(handle)).status, { timeout: 10_000 }).toBe("WAITING");
    }
    await wait.completeToken(token, { yes: true });
    for (const handle of handles) expect(await outputOf(handle)).toEqual({ yes: true });
  });

  test("that nobody completes in time says so to who waits, and to who asks", async () => {
    const token = await wait.createToken({ timeout: new Date(Date.now() + 400), tags: "late" });
    expect(await wait.retrieveToken(token)).toMatchObject({ status: "WAITING", tags: ["late"] });
    expect(await outputOf(await awaitToken.trigger({ token: token.id }))).toEqual({ failed: "WaitpointTimeoutError" });
    const found = await wait.retrieveToken(token);
    expect(found).toMatchObject({ status: "TIMED_OUT", error: { name: "WaitpointTimeoutError" } });
    await wait.completeToken(token, "too late");
    expect((await wait.retrieveToken(token)).status).toBe("TIMED_OUT");
  });

  test("has one key, and another one once the time of that is over", async () => {
    const options = { idempotencyKey: fresh("token"), idempotencyKeyTTL: "1s" };
    const first = await wait.createToken(options);
    expect(await wait.createToken(options)).toMatchObject({ id: first.id, isCached: true });
    await wait.completeToken(first, "done");
    const later = async () => (await wait.createToken(options)).id;
    await expect.poll(later, { timeout: 5_000, interval: 200 }).not.toBe(first.id);
  });

  test("that is not there is an error to who waits, completes or asks", async () => {
    const made = `waitpoint_${"A".repeat(43)}_t`;
    for (const token of ["nonsense", made]) {
      expect(await outputOf(await awaitToken.trigger({ token }))).toEqual({ failed: "TokenNotFoundError" });
      await expect(wait.retrieveToken(token)).rejects.toMatchObject({ status: 404 });
      await expect(wait.completeToken(token, 1)).rejects.toMatchObject({ status: 404 });
    }
  });

  test("does not wake a run that was canceled", async () => {
    const token = await wait.createToken();
    const handle = await awaitToken.trigger({ token: token.id });
    await expect.poll(async () => (await runs.retrieve(handle)).status, { timeout: 10_000 }).toBe("WAITING");
    await runs.cancel(handle);
    await wait.completeToken(token, { yes: true });
    expect((await finish(handle)).status).toBe("CANCELED");
  });
});

describe("a list of tokens", () => {
  const idsOf = async (filter: TokenListFilter): Promise<string[]> => {
    const ids: string[] = [];
    for await (const token of wait.listTokens(filter)) ids.push(token.id);
    return ids;
  };
  const listed = (filter: TokenListFilter, ids: readonly string[]) =>
    expect.poll(() => idsOf(filter), { timeout: 10_000, interval: 50 }).toEqual(ids);

  test("has a new token after a moment, and what becomes of it", async () => {
    const [tag, key] = [fresh("listed"), fresh("listed-key")];
    const token = await wait.createToken({ tags: [tag, "other"], timeout: "1h", idempotencyKey: key });
    await listed({ tags: tag, status: "WAITING" }, [token.id]);
    await wait.completeToken(token, { yes: true });
    await listed({ tags: tag, status: ["COMPLETED"] }, [token.id]);
    await listed({ tags: tag, status: "WAITING" }, []);
    await listed({ idempotencyKey: key }, [token.id]);
    const { output: _, ...shown } = await wait.retrieveToken(token);
    const { data, pagination } = await wait.listTokens({ tags: tag });
    expect(data).toEqual([{ ...shown, url: token.url }]);
    expect(data[0]).toMatchObject({ idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/), tags: [tag, "other"] });
    expect(pagination).toEqual({});
  });

  test("has one that nobody completed in time as timed out", async () => {
    const tag = fresh("too-late");
    const token = await wait.createToken({ tags: tag, timeout: new Date(Date.now() + 300) });
    await listed({ tags: tag, status: "TIMED_OUT" }, [token.id]);
  });

  test("is turned page by page, and iterated over", async () => {
    const tag = fresh("paged");
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift((await wait.createToken({ tags: tag })).id);
    await listed({ tags: [tag, fresh("none")], limit: 3, period: "1h" }, ids);
    const first = await wait.listTokens({ tags: tag, limit: 3 });
    const second = await first.getNextPage();
    expect(second.data.map(({ id }) => id)).toEqual(ids.slice(3, 6));
    expect((await second.getPreviousPage()).data.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(await idsOf({ tags: tag, from: Date.now() + 60_000 })).toEqual([]);
  });

  test("is there for tasks, too, which find their own keys by name", async () => {
    const name = fresh("own");
    expect(await outputOf(await findToken.trigger({ name }))).toMatchObject({ isFound: true });
  });

  test("refuses what it cannot use by name", async () => {
    const untyped = wait.listTokens as (filter: object) => PromiseLike<unknown>;
    expect(() => untyped({ tag: "x" })).toThrow('Filter "tag" is not supported: there are status, tags, ');
    await expect(untyped({ status: "QUEUED" })).rejects.toMatchObject({ status: 400, code: "invalid_field" });
    await expect(untyped({ limit: 1000 })).rejects.toMatchObject({ status: 400, code: "invalid_query" });
    await expect(untyped({ after: "x" })).rejects.toMatchObject({ status: 400, code: "invalid_cursor" });
    expect((await fetch(`${inject("platform").url}/api/v1/waitpoints/tokens`)).status).toBe(401);
  });
});

describe("the address of a token", () => {
  const post = (url: string, body: string, type: string) =>
    fetch(url, { method: "POST", body, headers: { "content-type": type } });

  test("completes it with any body, and without a key", async () => {
    const json = await wait.createToken();
    expect(json.url).toMatch(new RegExp(`^${inject("platform").url}/`));
    expect((await post(json.url, '{"event":"paid"}', "application/json; charset=utf-8")).status).toBe(200);
    expect((await wait.retrieveToken(json)).output).toEqual({ event: "paid" });
    const form = await wait.createToken();
    expect((await post(form.url, "a=1&b=2", "application/x-www-form-urlencoded")).status).toBe(200);
    expect((await wait.retrieveToken(form)).output).toBe("a=1&b=2");
    const empty = await wait.createToken();
    expect((await fetch(empty.url, { method: "POST" })).status).toBe(200);
    expect(await wait.retrieveToken(empty)).toMatchObject({ status: "COMPLETED" });
  });

  test("that was changed is refused, and completes nothing", async () => {
    const token = await wait.createToken();
    const other = await wait.createToken();
    const hash = token.url.slice(-32);
    const wrong = [`${token.url.slice(0, -1)}${hash.endsWith("0") ? "1" : "0"}`, `${token.url}0`];
    for (const url of [...wrong, other.url.replace(/[^/]+$/, hash)]) {
      expect((await post(url, "{}", "application/json")).status).toBe(404);
    }
    expect((await fetch(token.url)).status).toBe(405);
    expect([(await wait.retrieveToken(token)).status, (await wait.retrieveToken(other)).status]).toEqual([
      "WAITING",
      "WAITING",
    ]);
  });
});

test("a task makes its tokens once, and waits for them beside other things", async () => {
  await using outside = new Outside();
  const handle = await approve.trigger({ outside: outside.name });
  await expect.poll(() => outside.told.length, { timeout: 10_000 }).toBe(1);
  const [id = "", url = ""] = outside.told[0]?.what.split(" ") ?? [];
  expect(url).toContain(`/api/v1/waitpoints/tokens/${id}/callback/`);
  const response = await fetch(inject("platform").url + new URL(url, "http://x").pathname, {
    method: "POST",
    body: "go",
  });
  expect(response.status).toBe(200);
  const output = (await outputOf(handle)) as { answer: string; late: string; ids: string[] };
  expect(output).toMatchObject({ answer: "go", late: "nobody came" });
  expect(output.ids[0]).toBe(id);
  expect((await wait.retrieveToken(output.ids[1] ?? "")).status).toBe("WAITING");
});

test("a callback whose body is not the JSON that it says to be completes the token with the text", async () => {
  const token = await wait.createToken();
  const headers = { "content-type": "application/json" };
  expect((await fetch(token.url, { method: "POST", headers, body: "{oh no" })).status).toBe(200);
  expect(await wait.retrieveToken(token)).toMatchObject({ status: "COMPLETED", output: "{oh no" });
});

test.each([
  [{ timeout: "soon" }, "timeout"],
  [{ tags: Array.from({ length: 11 }, String) }, "tags"],
  [{ idempotencyKeyTTL: "x" }, "idempotencyKeyTTL"],
  [{ colour: "red" }, "colour"],
])("a token with %j is refused", async (body, says) => {
  const answer = await call("POST", "/api/v1/waitpoints/tokens", { body });
  expect(answer.status).toBe(400);
  expect(answer.body.error).toContain(says);
});
