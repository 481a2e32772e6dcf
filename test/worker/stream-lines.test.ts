import { expect, test } from "vitest";
import { streamLines } from "../../worker/http/stream-lines.ts";

const decoder = new TextDecoder();

test("lines come in the order in which they are there, and those that come at once in one piece", async () => {
  const [a, b, c] = [Promise.withResolvers<string>(), Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const reader = streamLines([a.promise, b.promise, c.promise]).getReader();
  const next = async () => decoder.decode((await reader.read()).value);
  c.resolve("c\n");
  a.resolve("a\n");
  expect(await next()).toBe("c\na\n");
  b.resolve("b\n");
  expect(await next()).toBe("b\n");
  expect((await reader.read()).done).toBe(true);
});

test("lines that come when nobody reads any more are dropped", async () => {
  const [a, b] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const stream = streamLines([a.promise, b.promise]);
  a.resolve("a\n");
  await a.promise;
  await stream.cancel();
  b.resolve("b\n");
  await scheduler.wait(5);
  expect((await stream.getReader().read()).done).toBe(true);
});
