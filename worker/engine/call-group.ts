import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Env } from "../env.ts";
import type { Answer, GroupApi } from "./group-api.ts";

const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 50;

/**
 * Calls a group's object. A failure that the platform marks as retryable is tried again with a new stub (the old one is
 * broken) for 30 s, an overloaded object never. Throws `RunletApiError` 404 for an id that no object here can have, 503
 * when the object could not be reached.
 */
export async function callGroup<T>(env: Env, group: string, call: (group: GroupApi) => Promise<T>): Promise<T> {
  const id = groupId(env, group);
  const start = Date.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, 5_000)) {
    try {
      return await call(env.RUN_GROUP.get(id));
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (Date.now() - start + pause > PATIENCE_MS) {
        throw new RunletApiError(503, "unavailable", "The run's storage could not be reached. Try again.", {
          cause: error,
        });
      }
      await scheduler.wait(pause);
    }
  }
}

/** Checks that the id is one of this deployment's: a made-up one wakes nothing. */
function groupId(env: Env, group: string): DurableObjectId {
  try {
    return env.RUN_GROUP.idFromString(group);
  } catch {
    throw new RunletApiError(404, "not_found", "There is no such run or batch.");
  }
}

function isRetryable(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const flags = error as { retryable?: unknown; overloaded?: unknown };
  return flags.retryable === true && flags.overloaded !== true;
}

/** The value of an answer, or its refusal thrown. */
export function unwrapAnswer<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  throw new RunletApiError(answer.status, answer.code, answer.message);
}
