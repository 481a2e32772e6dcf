import type { BulkActionRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { FINAL_STATUSES, LIMITS, RUN_STATUSES, type RunFilterQuery, type RunStatus } from "../../sdk/lib/wire.ts";
import { parseId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import type { RunFilter } from "../storage/run-index.ts";
import type { BulkPlan } from "./bulk-api.ts";
import { readRunFilter, type FilterNames } from "./run-filter.ts";

const NAMES: FilterNames = {
  status: "filter.status",
  taskIdentifier: "filter.taskIdentifier",
  tag: "filter.tag",
  period: "filter.period",
};
const LISTS = ["status", "taskIdentifier", "tag"] as const;
const FINAL: ReadonlySet<RunStatus> = new Set(FINAL_STATUSES);

/**
 * What a request for a bulk action comes to, with the times of its filter as they are `now`. Throws a `RunletApiError` (400) that
 * names what cannot be used: nothing has begun then.
 */
export function planBulk(env: Env, request: BulkActionRequest, now: number): BulkPlan {
  const { action, runIds, filter, name, targetRegion } = request;
  if ((runIds === undefined) === (filter === undefined)) {
    throw invalid("Give either runIds or filter, and not both.");
  }
  if (targetRegion !== undefined && action === "cancel") {
    throw invalid("targetRegion is for replays: what is canceled stays where it is.");
  }
  if (name !== undefined && name.length > LIMITS.bulkNameLength) {
    throw invalid(`name must have ${LIMITS.bulkNameLength} characters at most; it has ${name.length}.`);
  }
  if (targetRegion !== undefined && (targetRegion === "" || targetRegion.length > LIMITS.nameLength)) {
    throw invalid(`targetRegion must have 1 to ${LIMITS.nameLength} characters.`);
  }
  return {
    verb: action,
    ...(name === undefined ? {} : { name }),
    ...(targetRegion === undefined ? {} : { region: targetRegion }),
    ...(runIds === undefined ? {} : { runIds: readIds(env, runIds) }),
    ...(filter === undefined ? {} : { filter: readFilter(filter, now, action === "cancel") }),
  };
}

/** Each once. Made-up ones are found out here, as far as that can be done without waking anything. */
function readIds(env: Env, ids: readonly string[]): readonly string[] {
  if (ids.length === 0 || ids.length > LIMITS.bulkRuns) {
    throw invalid(`runIds must hold 1 to ${LIMITS.bulkRuns} ids, not ${ids.length}. A filter has no such limit.`);
  }
  for (const [i, id] of ids.entries()) {
    if (isRunId(env, id)) continue;
    throw invalid(`runIds[${i}] must be the id of a run of this deployment, not ${JSON.stringify(id.slice(0, 100))}.`);
  }
  return [...new Set(ids)];
}

function isRunId(env: Env, id: string): boolean {
  const place = parseId("run", id);
  if (place === undefined) return false;
  try {
    env.RUN_GROUP.idFromString(place.group);
    return true;
  } catch {
    return false;
  }
}

function readFilter(query: RunFilterQuery, now: number, isCancel: boolean): RunFilter {
  for (const field of LISTS) if (query[field]?.length === 0) throw invalid(`filter.${field} must have a value.`);
  if (Object.values(query).every((value) => value === undefined)) {
    throw invalid('filter must have a field. For all runs, give their time: { "period": "7d" }.');
  }
  const filter = readRunFilter(query, now, NAMES);
  if (!isCancel) return filter;
  const statuses = (filter.statuses ?? RUN_STATUSES).filter((status) => !FINAL.has(status));
  if (statuses.length > 0) return { ...filter, statuses };
  throw invalid(`filter.status has final statuses only (${filter.statuses?.join(", ")}): there is nothing to cancel.`);
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_bulk_action", message);
}
