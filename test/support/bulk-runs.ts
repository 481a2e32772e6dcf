import { env, exports } from "cloudflare:workers";
import type { RunFilter } from "../../worker/storage/index-lanes.ts";
import { readRuns } from "../../worker/storage/run-index.ts";
import { readBulks } from "../../worker/storage/bulk-index.ts";
import { eventually } from "./held-group.ts";
import type { HeldBulk } from "./held-bulk.ts";

const DAY = 86_400_000;

/** Runs that wait for an hour, with the tag, each in a group of its own; in the index, too. */
export async function delayed(count: number, tag: string): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: count }, () => trigger(tag)));
  await eventually(async () => ((await tagged(tag)).length >= count ? true : undefined), 20_000);
  return ids;
}

export async function trigger(tag: string): Promise<string> {
  const { id } = await api<{ id: string }>("POST", "/api/v1/tasks/hello/trigger", {
    payload: { name: "Ada" },
    options: { delay: "1h", tags: tag },
  });
  return id;
}

export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await exports.default.fetch(`http://runlet.test${path}`, {
    method,
    headers: { authorization: `Bearer ${env.RUNLET_SECRET_KEY}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return response.json();
}

export function filterOf(tag: string): RunFilter {
  return { tags: [tag], from: 0, to: Number.MAX_SAFE_INTEGER - 1 };
}

export const tagged = (tag: string) => readRuns(env.RUN_INDEX, { ...filterOf(tag), limit: 1_000 });

export async function statusOf(id: string): Promise<string> {
  return (await api<{ status: string }>("GET", `/api/v3/runs/${id}`)).status;
}

export async function statusesOf(ids: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const status of await Promise.all(ids.map(statusOf))) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The ids of the runs that the index has for the action. */
export async function foundOf({ id }: HeldBulk): Promise<string[]> {
  const rows = await readRuns(env.RUN_INDEX, { bulkId: id, from: 0, to: Date.now() + 100 * DAY, limit: 1_000 });
  return rows.map((row) => row.id);
}

export const listed = async ({ id }: HeldBulk) =>
  (await readBulks(env.RUN_INDEX, { limit: 1_000 })).find((action) => action.id === id);
