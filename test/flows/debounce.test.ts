import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { debounceInside, single } from "../support/tasks-keys.ts";
import { connect, finish, fresh, outputOf } from "./api.ts";
import { Outside } from "./outside.ts";

beforeAll(connect);

/** Nobody pushes it any more: it need not wait for the whole of its delay. */
const start = ({ id }: { readonly id: string }) => runs.reschedule(id, { delay: "1s" });

// Scenario 36.
test("triggers that follow each other make one run, which starts after the last, with the first payload", async () => {
  await using outside = new Outside();
  const debounce = { key: fresh("debounce"), delay: "1h" };
  const push = (what: string) => single.trigger({ outside: outside.name, what }, { debounce });
  const first = await push("first");
  const { delayedUntil } = await runs.retrieve(first);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await push("second")).toMatchObject({ id: first.id, isCached: true });
  const later = (await runs.retrieve(first)).delayedUntil;
  expect(Number(later)).toBeGreaterThanOrEqual(Number(delayedUntil) + 250);
  await start(first);
  await outputOf(first);
  expect([outside.count("first"), outside.count("second")]).toEqual([1, 0]);
});

test("in trailing mode the last payload and tags count, however long", async () => {
  await using outside = new Outside();
  const debounce = { key: fresh("debounce"), delay: "1h", mode: "trailing" } as const;
  const push = (what: string, tags: string, padding: string) =>
    single.trigger({ outside: outside.name, what, ...{ padding } }, { debounce, tags });
  const first = await push("first", "one", "x".repeat(1_200_000));
  await push("second", "two", "x".repeat(700_000));
  await push("third", "three", "y");
  await start(first);
  const run = await finish(first);
  expect(run).toMatchObject({ status: "COMPLETED", tags: ["three"], payload: { what: "third", padding: "y" } });
  expect([outside.count("first"), outside.count("third")]).toEqual([0, 1]);
});

test("another key, another task, and a trigger after the start make runs of their own", async () => {
  await using outside = new Outside();
  const payload = { outside: outside.name };
  const debounce = { key: fresh("debounce"), delay: "1h" };
  const first = await single.trigger(payload, { debounce });
  const other = await single.trigger(payload, { debounce: { ...debounce, key: fresh("other") } });
  const task = await debounceInside.trigger(payload, { debounce });
  expect(new Set([first.id, other.id, task.id]).size).toBe(3);
  await start(first);
  await finish(first);
  const next = await single.trigger(payload, { debounce });
  expect(next.id).not.toBe(first.id);
  for (const handle of [other, task, next]) {
    await start(handle);
    await finish(handle);
  }
});

test("many triggers at once make one run", async () => {
  await using outside = new Outside();
  const debounce = { key: fresh("debounce"), delay: "1h" };
  const handles = await Promise.all(
    Array.from({ length: 30 }, () => single.trigger({ outside: outside.name }, { debounce })),
  );
  expect(new Set(handles.map(({ id }) => id)).size).toBe(1);
  await start({ id: handles[0]?.id ?? "" });
  await outputOf(handles[0]?.id ?? "");
  expect(outside.count("begun")).toBe(1);
});

test("beyond its longest delay a run is not pushed: the trigger makes another", async () => {
  await using outside = new Outside();
  const debounce = { key: fresh("debounce"), delay: "1s", maxDelay: "2s" };
  const first = await single.trigger({ outside: outside.name }, { debounce });
  const ids = new Set([first.id]);
  while (ids.size === 1) {
    ids.add((await single.trigger({ outside: outside.name }, { debounce })).id);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect((await finish(first)).status).toBe("COMPLETED");
  for (const id of ids) expect((await finish(id)).status).toBe("COMPLETED");
});

test("parents that wait with one key wait for one run, and all go on", async () => {
  await using outside = new Outside();
  const payload = { outside: outside.name, key: fresh("debounce") };
  const parents = [await debounceInside.trigger(payload), await debounceInside.trigger(payload)];
  const [one, other] = await Promise.all(parents.map(outputOf));
  expect(one).toEqual(other);
  expect(outside.count("begun")).toBe(1);
});
