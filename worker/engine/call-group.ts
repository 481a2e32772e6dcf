import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Env } from "../env.ts";
import { insist } from "./insist.ts";
import type { Answer, GroupApi } from "./group-api.ts";

/**
 * Calls a group's object, as `insist` does. Throws `RunletApiError` 404 for an id that no object here can have, 503 when the
 * object could not be reached.
 */
export async function callGroup<T>(
  env: Env,
  group: string,
  call: (group: GroupApi, again: boolean) => Promise<T>,
): Promise<T> {
  const id = groupId(env, group);
  return insist("The run's storage", (again) => call(env.RUN_GROUP.get(id), again));
}

/** Checks that the id is one of this deployment's: a made-up one wakes nothing. */
function groupId(env: Env, group: string): DurableObjectId {
  try {
    return env.RUN_GROUP.idFromString(group);
  } catch {
    throw new RunletApiError(404, "not_found", "There is no such run or batch.");
  }
}

/** The value of an answer, or its refusal thrown. */
export function unwrapAnswer<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new RunletApiError(answer.status, answer.code, answer.message);
}
