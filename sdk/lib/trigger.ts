import { httpDoor } from "./configure.ts";
import type { Door } from "./door.ts";
import { OutsideTaskError } from "./errors.ts";
import type { StoredOptions } from "./journal.ts";
import type { Packet } from "./packet.ts";
import { currentSurroundings, type PassContext, type Surroundings } from "./pass-context.ts";
import { encodePayload } from "./payload-limit.ts";
import { readKey } from "./hash-key.ts";
import { newRequestKey } from "./request-key.ts";
import { TaskRunPromise, toResult } from "./run-promise.ts";
import type { RunHandle } from "./task-types.ts";
import { readTriggerOptions, refuseDetached } from "./trigger-options.ts";

interface Call {
  readonly payload: Packet;
  readonly options: StoredOptions;
}

/** Starts a run from wherever the code is: in a run, in the Worker with the tasks, or over HTTP. */
export async function triggerRun<Id extends string, Payload, Output>(
  task: Id,
  parameters: readonly unknown[],
): Promise<RunHandle<Id, Payload, Output>> {
  const { payload, options } = readCall(parameters);
  const surroundings = currentSurroundings();
  if (surroundings?.pass !== undefined) {
    const { id, isCached = false } = await surroundings.pass.trigger(task, payload, options);
    return { id, taskIdentifier: task, isCached };
  }
  const requestKey = newRequestKey();
  const { id, isCached } = await doorOf(surroundings).trigger({ task, payload, options, requestKey });
  return { id, taskIdentifier: task, isCached };
}

/**
 * Starts a child and waits for it. The wait gets its place among the run's waits now, in call order; it counts as
 * waited for once the promise is awaited.
 */
export function waitForRun<Id extends string, Output>(
  task: Id,
  parameters: readonly unknown[],
): TaskRunPromise<Id, Output> {
  try {
    const pass = currentPass("triggerAndWait", "Use trigger() here, and runs.poll() for the result.");
    const { payload, options } = readCall(parameters);
    refuseDetached(options, "a run that is waited for is cancelled with the one that waits");
    const wait = pass.waitForRun(task, payload, options);
    return new TaskRunPromise(() => wait.then((run) => toResult<Id, Output>(run)));
  } catch (error) {
    const rejection = Promise.reject(error);
    return new TaskRunPromise<Id, Output>(() => rejection);
  }
}

/** The way to the platform for code that runs in `surroundings`. Throws a `RunletError` where nothing is configured. */
export function doorOf(surroundings: Surroundings | undefined): Door {
  return surroundings?.door ?? httpDoor();
}

/** As `doorOf`, from wherever the code is. */
export function currentDoor(): Door {
  return doorOf(currentSurroundings());
}

/** The pass that is executing. Throws an `OutsideTaskError` that names the call and says what to do instead. */
export function currentPass(call: string, instead: string): PassContext {
  const pass = currentSurroundings()?.pass;
  if (pass === undefined) throw new OutsideTaskError(`${call}() works only inside a task's run function. ${instead}`);
  return pass;
}

/** Options as the code gives them: their key is hashed here, in the scope of the code that is executing. */
export function readOwnOptions(options: unknown): StoredOptions {
  if (typeof options !== "object" || options === null || !("idempotencyKey" in options))
    return readTriggerOptions(options);
  const { idempotencyKey } = options;
  if (idempotencyKey === undefined) return readTriggerOptions(options);
  return readTriggerOptions({ ...options, idempotencyKey: readKey(idempotencyKey) });
}

function readCall(parameters: readonly unknown[]): Call {
  const [payload, options, requestOptions] = parameters;
  const stored = readOwnOptions(options);
  if (requestOptions !== undefined) readTriggerOptions(requestOptions);
  return { payload: encodePayload(payload), options: stored };
}
