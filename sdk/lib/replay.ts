import type { ReplayCall } from "./door.ts";
import { RunletError } from "./errors.ts";
import { readKey } from "./hash-key.ts";
import { currentSurroundings } from "./pass-context.ts";
import { encodePayload } from "./payload-limit.ts";
import { readReplayOptions, type ReplayOverrides } from "./replay-overrides.ts";
import { newRequestKey } from "./request-key.ts";
import { readRunId, type RunReference } from "./run-reference.ts";
import { doorOf } from "./trigger.ts";

/** Makes a run of the same task and payload as another, from wherever the code is. */
export async function replayRun(run: RunReference, overrides: ReplayOverrides = {}): Promise<{ readonly id: string }> {
  const call = readCall(readRunId(run), overrides);
  const surroundings = currentSurroundings();
  if (surroundings?.pass !== undefined) return surroundings.pass.replay(call);
  return doorOf(surroundings).replayRun({ ...call, requestKey: newRequestKey() });
}

function readCall(id: string, overrides: unknown): ReplayCall {
  if (typeof overrides !== "object" || overrides === null) {
    throw new RunletError(`Overrides of a replay must be an object, not ${typeof overrides}.`);
  }
  const { payload, ...rest } = overrides as Readonly<Record<string, unknown>>;
  const { idempotencyKey } = rest;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey: readKey(idempotencyKey) };
  const read = { id, ...readReplayOptions({ ...rest, ...key }) };
  return payload === undefined ? read : { ...read, payload: encodePayload(payload) };
}
