import { newRequestKey } from "../../sdk/lib/request-key.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { invalidField } from "./refusal.ts";

const HEADER = "x-trigger-request-idempotency-key";

/** The key that stays the same while a client repeats a request; a new one where the client sends none. */
export function requestKeyOf(request: Request): string {
  const key = request.headers.get(HEADER);
  if (key === null || key === "") return newRequestKey();
  if (key.length > LIMITS.requestKeyLength) {
    throw invalidField(`The header ${HEADER}`, `${LIMITS.requestKeyLength} characters long at most`);
  }
  return key;
}
