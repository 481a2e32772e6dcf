import { delayUntil, readDelay } from "./delay.ts";
import { RunletApiError, RunletError } from "./errors.ts";
import type { Outcome } from "./journal.ts";
import { lateWait } from "./late-wait.ts";
import { requestKeyOf, valueOf } from "./step.ts";
import { resultOf, TokenPromise, type TokenResult } from "./token.ts";
import { currentDoor, currentPass } from "./trigger.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

/** What `wait.forWebhook` takes. */
export interface WebhookWaitOptions {
  /**
   * Which event: up to 5 places in it, with the values that are to be there, as `{ "data.object.id": "ch_1" }`. Parts of a place are
   * names of fields, or numbers of items. Default: any event.
   */
  readonly match?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** How long to wait: a duration, an ISO 8601 date or a `Date`, 90 days at most. Default "24h". */
  readonly timeout?: string | Date | undefined;
}

/** An event that was waited for. */
export interface ReceivedWebhook<Event> {
  readonly event: Event;
  /** Those of the request, without credentials. */
  readonly headers: Headers;
  readonly deliveryId: string;
}

const NAMES = ["match", "timeout"];
const MOST_PATHS = 5;
const MOST_PATH_CHARACTERS = 256;
const MOST_VALUE_CHARACTERS = 512;
const LONGEST_MS = 90 * 86_400_000;
const DEFAULT_TIMEOUT = "24h";

/**
 * Waits for an event of an endpoint that was defined with a `waitWindow`: one that comes from now on, or has come within the window
 * before. `{ ok, output | error }`, with `unwrap()`; `ok` is false when none has come in time. A run is not given one event twice.
 * Only inside a task: elsewhere it rejects with `OutsideTaskError`. Rejects with a `RunletApiError`: 400 for options out of range,
 * 422 (`endpoint_keeps_nothing`) for an endpoint without a window, 404 for one that the deployment does not have.
 */
export function forWebhook<Event>(
  endpoint: WebhookEndpoint<string, Event>,
  options: WebhookWaitOptions = {},
): TokenPromise<ReceivedWebhook<Event>> {
  try {
    const pass = currentPass("wait.forWebhook", "Subscribe a webhook() to the endpoint instead.");
    const refusal = pass.refusalOfWait("a webhook");
    if (refusal !== undefined) throw refusal;
    const request = { endpoint: readEndpoint(endpoint), ...readOptions(options), run: pass.ctx.run.id };
    const door = currentDoor();
    const make = (stepKey: string) =>
      door.webhooks.createWaiter({ ...request, requestKey: requestKeyOf(pass, stepKey) });
    const made = pass.step("wait.forWebhook", make, { makesWait: true });
    const wait = lateWait(pass, made, (outcome) => pass.waitForToken((valueOf(outcome) as { readonly id: string }).id));
    return new TokenPromise<ReceivedWebhook<Event>>(() => wait().then(received<Event>));
  } catch (error) {
    const rejection = Promise.reject(error);
    return new TokenPromise(() => rejection);
  }
}

function received<Event>(outcome: Outcome): TokenResult<ReceivedWebhook<Event>> {
  const result = resultOf<Omit<ReceivedWebhook<Event>, "headers"> & { readonly headers: HeadersInit }>(outcome);
  if (!result.ok) return result;
  return { ok: true, output: { ...result.output, headers: new Headers(result.output.headers) } };
}

function readEndpoint(endpoint: WebhookEndpoint): string {
  if (typeof endpoint?.id === "string") return endpoint.id;
  throw new RunletError("wait.forWebhook() takes what webhooks.endpoint.define() gave.");
}

function readOptions({ match = {}, timeout = DEFAULT_TIMEOUT, ...rest }: WebhookWaitOptions) {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw invalid(`"${unknown}" is unknown: there are ${NAMES.join(" and ")}.`);
  const entries = typeof match === "object" && match !== null ? Object.entries(match) : undefined;
  if (entries === undefined || entries.length > MOST_PATHS) {
    throw invalid(`"match" must be an object with up to ${MOST_PATHS} places in the event.`);
  }
  for (const [path, value] of entries) {
    if (path === "" || path.length > MOST_PATH_CHARACTERS) {
      throw invalid(`"match" must name places by 1-${MOST_PATH_CHARACTERS} characters, such as "data.object.id".`);
    }
    const isSimple = typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
    if (isSimple || (typeof value === "string" && value.length <= MOST_VALUE_CHARACTERS)) continue;
    throw invalid(`"match", ${path}, must be true, false, a number or up to ${MOST_VALUE_CHARACTERS} characters.`);
  }
  const read = readDelay(timeout);
  if (read === undefined || delayUntil(read, 0) > LONGEST_MS + (Number.isNaN(Date.parse(read)) ? 0 : Date.now())) {
    throw invalid('"timeout" must be a duration such as "30s" or "2d", an ISO 8601 date or a Date, 90 days at most.');
  }
  return { match, timeout: read };
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_option", `Option ${message}`);
}
