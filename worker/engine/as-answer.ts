import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Answer } from "./group-api.ts";

/** What the work gives, or its refusal: an error that crosses objects would lose its code and status. */
export function asAnswer<T>(work: () => T): Answer<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw error;
    const { status, code, message } = error;
    return { ok: false, status, code, message };
  }
}
