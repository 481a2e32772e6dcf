import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { configure, runs, tasks, wait, type CreatedToken } from "../../sdk/index.ts";
import { finish, outputOf } from "./api.ts";

const STANDING = [
  ...["appended", "inserted", "taken-out", "changed-payload", "changed-for-good", "call-before", "same-step"],
  "vanished",
] as const;
type Standing = (typeof STANDING)[number];

const SOON = { timeout: 20_000 };
/** Longer than until a run without its task is offered again. */
const OFFERED_AGAIN = { timeout: 60_000, interval: 500 };

const state = mkdtempSync(join(tmpdir(), "runlet-deploys-"));
let platform: Platform;
let token: CreatedToken;
const ids = new Map<Standing, string>();

const idOf = (task: Standing): string => ids.get(task) ?? "";
const statusOf = async (task: Standing) => (await runs.retrieve(idOf(task))).status;

/** Puts other code in place of what is deployed, on the same state. */
async function deploy(code: "before" | "after"): Promise<void> {
  const worker = new URL(`../support/deployed-${code}.ts`, import.meta.url).pathname;
  platform = await startPlatform({ state, worker });
  configure({ baseURL: platform.url, accessToken: platform.key });
}

/** Resolves when all runs that are to be WAITING are. */
async function untilAllWait(): Promise<void> {
  await vi.waitUntil(async () => (await Promise.all(STANDING.map(statusOf))).every((one) => one === "WAITING"), SOON);
}

// All runs stand at one token when the other code comes, and go on under it.
beforeAll(async () => {
  await deploy("before");
  token = await wait.createToken();
  for (const task of STANDING) ids.set(task, (await tasks.trigger(task, { token: token.id })).id);
  await untilAllWait();
  await platform.stop();
  await deploy("after");
  await untilAllWait();
  await wait.completeToken(token, "on");
});

afterAll(async () => {
  await platform.stop();
  rmSync(state, { recursive: true, force: true });
});

test("code after the wait where a run stands may be any", async () => {
  expect(await outputOf(idOf("appended"))).toEqual(["old", 3, "new"]);
});

test("a step and a wait that were not there before are made now, and what was there keeps its value", async () => {
  expect(await outputOf(idOf("inserted"))).toEqual(["old", "new", 3]);
});

test("the result of a step or wait that was taken out lies unused", async () => {
  expect(await outputOf(idOf("taken-out"))).toEqual(["nothing before"]);
});

test("a step of the same name put before gets the value of the old one", async () => {
  expect(await outputOf(idOf("same-step"))).toEqual(["old", "made now"]);
});

test("a payload that was changed is a NonDeterministicError in the same attempt", async () => {
  const run = await finish(idOf("changed-for-good"));
  expect(run).toMatchObject({ status: "FAILED", attemptCount: 1, error: { name: "NonDeterministicError" } });
  expect(run.error?.message).toContain("run:double#0");
});

test("the attempt after it goes by the new code, and keeps what still fits", async () => {
  expect(await outputOf(idOf("changed-payload"))).toEqual(["old", 4, 2]);
  expect((await runs.retrieve(idOf("changed-payload"))).attemptCount).toBe(2);
});

test("a call of the same task put before costs an attempt, and the next one makes what is new", async () => {
  expect(await outputOf(idOf("call-before"))).toEqual([10, 2, 2]);
  const { children = [] } = (await runs.retrieve(idOf("call-before"))).relatedRuns;
  expect(children.every((child) => child.status === "COMPLETED")).toBe(true);
});

// Scenario 35: a trigger of a task that is not deployed is refused, so its run began before; a time to live counted then.
test("a run whose task was taken out is PENDING_VERSION, and goes on in its attempt when the task is back", async () => {
  await expect.poll(() => statusOf("vanished"), SOON).toBe("PENDING_VERSION");
  await expect(tasks.trigger("vanished", { token: token.id })).rejects.toMatchObject({ status: 404 });
  await platform.stop();
  await deploy("before");
  expect(await statusOf("vanished")).toBe("PENDING_VERSION");
  await expect.poll(() => statusOf("vanished"), OFFERED_AGAIN).toBe("COMPLETED");
  expect(await runs.retrieve(idOf("vanished"))).toMatchObject({ output: ["old", 1], attemptCount: 1 });
});
