import { beforeAll, expect, test } from "vitest";
import { runs } from "../../sdk/index.ts";
import { lookOn } from "../support/tasks-runs.ts";
import { takeSteps } from "../support/tasks-steps.ts";
import { measureChildren } from "../support/tasks-values.ts";
import { call, connect, fresh } from "./api.ts";

beforeAll(connect);

const MANY = 100_000;

test.each([
  ["calling children", (tags: string) => measureChildren.trigger({ times: 1, children: MANY }, { tags })],
  ["taking steps", (tags: string) => takeSteps.trigger({ steps: MANY }, { tags })],
  ["looking at a run", (tags: string) => lookOn.trigger({ at: "run" }, { tags })],
  ["looking at a list", (tags: string) => lookOn.trigger({ at: "list" }, { tags })],
])("a run that is never done %s lets requests in, and lists show it meanwhile", async (_, trigger) => {
  const tag = fresh("never-done");
  const handle = await trigger(tag);
  for (let i = 0; i < 5; i += 1) expect((await call("GET", "/api/v1/health")).status).toBe(200);
  const listed = async () => (await runs.list({ tag })).data.map(({ id }) => id);
  await expect.poll(listed, { timeout: 10_000 }).toEqual([handle.id]);
  expect((await runs.retrieve(handle)).isCompleted).toBe(false);
  await runs.cancel(handle);
  expect((await runs.poll(handle)).status).toBe("CANCELED");
});
