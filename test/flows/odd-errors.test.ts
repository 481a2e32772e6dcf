import { beforeAll, expect, test } from "vitest";
import { batch, runs } from "../../sdk/index.ts";
import { throwOddly } from "../support/tasks-large.ts";
import { connect, finish } from "./api.ts";

beforeAll(connect);

test.each([
  ["no message", ""],
  ["a message that is a number", "5"],
  ["a name that is a symbol", "odd"],
  ["a message of 40 MB", "xxx"],
  ["no prototype", "Thrown: {}"],
])("a task that throws an error with %s fails, and takes no other run with it", async (how, message) => {
  const hows = ["", how, "", ""];
  const { batchId } = await throwOddly.batchTrigger(hows.map((one) => ({ payload: { how: one } })));
  const { runs: ids } = await batch.retrieve(batchId);
  const ended = await Promise.all(ids.map(finish));
  expect(ended.map((run) => run.status)).toEqual(hows.map((one) => (one === how ? "FAILED" : "COMPLETED")));
  expect((await runs.retrieve(ids[1] ?? "")).error?.message).toMatch(new RegExp(`^${message}`));
});
