import { describeError, RunletApiError } from "./errors.ts";
import type { Outcome } from "./journal.ts";
import { encodePacket } from "./packet.ts";
import { exceeds } from "./payload-limit.ts";
import { LIMITS } from "./wire.ts";

/** Runs the work of a step to its end, whatever that is. A result too large to be kept is a failure. */
export async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    const output = encodePacket(await work());
    if (!exceeds(output.data ?? "", LIMITS.outputBytes)) return { ok: true, output };
    const message = `The step's result is over the limit of ${LIMITS.outputBytes} bytes. Store it elsewhere and return where it is.`;
    return { ok: false, error: { name: "RunletError", message } };
  } catch (error) {
    const refusal = error instanceof RunletApiError ? { refusal: { status: error.status, code: error.code } } : {};
    return { ok: false, error: { ...describeError(error), ...refusal } };
  }
}
