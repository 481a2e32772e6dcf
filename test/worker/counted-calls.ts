import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { IndexGatherer, PacketHold, QueueKeeper, RunGroup, WebhookDesk } from "../../worker/create-worker.ts";
import { deployment } from "../../worker/engine/deployment.ts";
import { syncSchedules } from "../../worker/engine/sync-schedules.ts";
import {
  countDatabase,
  countQueue,
  countRequests,
  countStorage,
  readCounts,
  type Counts,
} from "../support/counting.ts";

/** Longer than changes are gathered for the index: after this time without a change nothing is under way. */
const QUIET_MS = 600;

export const QUEUE_OPERATIONS_PER_MESSAGE = 3;

/** Counts all that is done from now on, the schedules of the code being live; once for each file of tests. */
export async function countEverything(): Promise<void> {
  await syncSchedules(env, deployment());
  countRequests("RunGroup", RunGroup);
  countRequests("IndexGatherer", IndexGatherer);
  countRequests("PacketHold", PacketHold);
  countRequests("QueueKeeper", QueueKeeper);
  countRequests("WebhookDesk", WebhookDesk);
  countQueue(env.RUN_QUEUE);
  countDatabase(env.RUN_INDEX);
  const unused = env.RUN_GROUP.get(env.RUN_GROUP.idFromName("unused"));
  await runInDurableObject(unused, (group, { storage }) => countStorage(storage, group));
}

/** Triggers a run and gives its id. */
export async function trigger(
  task: string,
  payload: object,
  requestKey: string,
  options: object = {},
): Promise<string> {
  const body = { payload: JSON.stringify(payload), options: { payloadType: "application/json", ...options } };
  const headers = { "content-type": "application/json", "x-trigger-request-idempotency-key": requestKey };
  const init = { method: "POST", body: JSON.stringify(body), headers };
  const { id } = await (await call(`/api/v1/tasks/${task}/trigger`, init)).json<{ id: string }>();
  return id;
}

export async function expectCompleted(...ids: string[]): Promise<void> {
  for (const id of ids) {
    const run = await (await call(`/api/v3/runs/${id}`, {})).json();
    expect(run).toMatchObject({ id, status: "COMPLETED" });
  }
}

/** A call with the key, which must not be refused. */
export async function call(path: string, { headers, ...init }: RequestInit): Promise<Response> {
  const authorization = `Bearer ${env.RUNLET_SECRET_KEY}`;
  const response = await exports.default.fetch(`http://runlet.test${path}`, {
    ...init,
    headers: { ...(headers as Record<string, string>), authorization },
  });
  expect(response.ok).toBe(true);
  return response;
}

/** The counts once the index has `rows` runs more and nothing has changed for a while. Asks no group, which would count. */
export async function quiet(rows: number): Promise<Counts> {
  for (;;) {
    const before = readCounts();
    await scheduler.wait(QUIET_MS);
    const counts = readCounts();
    if (counts.indexRows >= rows && JSON.stringify(counts) === JSON.stringify(before)) return counts;
  }
}

/** How often which method of the objects of a class was called. */
export function requestsOf(name: string, { objectRequests }: Counts): Record<string, number> {
  return Object.fromEntries(Object.entries(objectRequests).filter(([method]) => method.startsWith(`${name}.`)));
}
