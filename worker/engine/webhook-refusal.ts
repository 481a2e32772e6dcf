import { RunletApiError } from "../../sdk/lib/errors.ts";

/** A request to an endpoint that is not taken. What the sender is told helps no forger; `fault` and `detail` are for the log. */
export class WebhookRefusal extends RunletApiError {
  readonly fault: string;
  readonly detail: string;

  constructor(status: number, code: string, message: string, fault: string, detail = message) {
    super(status, code, message);
    this.fault = fault;
    this.detail = detail;
  }
}
