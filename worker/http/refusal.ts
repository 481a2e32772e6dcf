import { RunletApiError } from "../../sdk/lib/errors.ts";

/** A request refused here, before the engine is asked. `headers` go into the answer. */
export class Refusal extends RunletApiError {
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(status, code, message);
    this.headers = headers;
  }
}

/** A value of the wrong type or form, named by where it stands in the request. */
export function invalidField(field: string, expected: string): Refusal {
  return new Refusal(400, "invalid_field", `${field} must be ${expected}.`);
}
