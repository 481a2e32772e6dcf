import type { TaskDefinition } from "./definition.ts";
import type { Door } from "./door.ts";
import { describeError, RunletError } from "./errors.ts";
import type { Claim, LogLine, PassEnd } from "./journal.ts";
import { decodePacket, encodePacket } from "./packet.ts";
import { runInside } from "./pass-context.ts";
import { exceeds } from "./payload-limit.ts";
import type { PassDoor } from "./pass-door.ts";
import { Pass } from "./pass.ts";
import { LIMITS } from "./wire.ts";

export interface PassResult {
  readonly end: PassEnd;
  readonly logs: readonly LogLine[];
  readonly logged: number;
}

/** Calls the task's function once over the journal and tells how that ended. Never throws. */
export async function executePass(
  definition: TaskDefinition,
  claim: Claim,
  door: PassDoor,
  outer: Door,
  signal: AbortSignal,
): Promise<PassResult> {
  const pass = new Pass(claim, door, signal);
  const call = async (): Promise<PassEnd> => {
    try {
      const output = await definition.execute(decodePacket(claim.payload), { ctx: pass.ctx, signal });
      return completed(output);
    } catch (error) {
      return { type: "failed", error: describeError(error), retry: isWorthRetrying(error) };
    }
  };
  void runInside(pass, call, outer).then(
    (end) => pass.finish(end),
    (error: unknown) => pass.finish({ type: "failed", error: describeError(error), retry: true }),
  );
  const end = await pass.ended;
  return { end, logs: pass.logs.lines, logged: pass.logs.logged };
}

function completed(output: unknown): PassEnd {
  const packet = encodePacket(output);
  if (!exceeds(packet.data ?? "", LIMITS.outputBytes)) return { type: "completed", output: packet };
  const error = new RunletError(
    `The output is over the limit of ${LIMITS.outputBytes} bytes of encoded text. Store it elsewhere and return where it is.`,
  );
  return { type: "failed", error: describeError(error), retry: false };
}

/** Errors that would come again: the task's own word, a payload that does not fit, a request that was refused. */
function isWorthRetrying(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  if (error.name === "AbortTaskRunError" || error.name === "TaskPayloadParsedError") return false;
  if (error.name !== "RunletApiError" || !("status" in error)) return true;
  const status = Number(error.status);
  return status < 400 || status >= 500 || status === 408 || status === 429;
}
