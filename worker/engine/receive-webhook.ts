import { isTooDeep, MAX_DEPTH } from "../../sdk/lib/json-depth.ts";
import type { WebhookFault, WebhookRequest, WebhookSource, WebhookVerdict } from "../../sdk/lib/webhook-source.ts";
import { windowOf } from "../../sdk/lib/webhook-endpoint.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { DELIVERY_ROOT } from "../core/address.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import { isForWaiters } from "../core/webhook-delivery.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { callDesk } from "./create-waiter.ts";
import type { Delivered } from "./deliver.ts";
import { readSecrets, type KnownEndpoint } from "./endpoint-registry.ts";
import { deliveryGroupName } from "./place-trigger.ts";
import { planTargets } from "./plan-targets.ts";
import type { Registry } from "./registry.ts";
import { seenHeaders } from "./seen-headers.ts";
import { identify } from "./webhook-identity.ts";
import { WebhookRefusal } from "./webhook-refusal.ts";

/** Characters of an event as JSON: a text is escaped in it, and bytes are base64. */
const MOST_EVENT_CHARACTERS = 2 * LIMITS.payloadBytes;

/** What a provider is answered. */
export interface WebhookAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Verifies a request and has its delivery kept, with its runs, before it is answered. Throws a `WebhookRefusal` for what is not
 * genuine: then nothing was asked of any object.
 */
export async function receiveWebhook(
  env: Env,
  registry: Registry,
  { endpoint, subscribers }: KnownEndpoint,
  request: WebhookRequest,
): Promise<WebhookAnswer> {
  const { source } = endpoint;
  const verdict = await verify(source, request, env);
  if (verdict.type === "handshake") return verdict;
  if (verdict.type === "refused") throw refusalOf(verdict.fault, verdict.message);
  const event = writeEvent(verdict.event);
  const headers = seenHeaders(request.headers, source);
  const { identity, bodyHash } = await identify(request, verdict);
  const { id, metadata } = endpoint;
  const group = env.RUN_GROUP.idFromName(deliveryGroupName(id, identity)).toString();
  const delivery = {
    endpoint: { id, ...(metadata === undefined ? {} : { metadata }) },
    source: source.provider,
    externalId: "id" in identity ? identity.id : `sha256:${identity.digest}`,
    ...{ bodyHash, headers, event },
    targets: planTargets(registry, subscribers, verdict.event, headers),
  };
  const delivered = await callGroup(env, group, (stub) => stub.deliver(delivery));
  const deliveryId = formatId("whd", encodeGroup(group), DELIVERY_ROOT);
  const windowMs = windowOf(endpoint);
  if (windowMs !== undefined && isForWaiters(delivered, windowMs, Date.now())) {
    const rest = JSON.stringify({ headers, deliveryId });
    const told = { id: deliveryId, at: delivered.at, windowMs, body: `{"event":${event},${rest.slice(1)}` };
    await callDesk(env, id, (desk) => desk.tell(told));
  }
  if (!delivered.isRepeat) tellOf(deliveryId, delivery.targets, verdict.unnamed);
  return source.accepted ?? describe(deliveryId, delivered);
}

async function verify(source: WebhookSource, request: WebhookRequest, env: Env): Promise<WebhookVerdict> {
  const { set, missing } = readSecrets(source, env);
  if (set.length === 0 && missing.length > 0) {
    const message = "This endpoint is not set up yet: it has no secret to verify requests by.";
    throw new WebhookRefusal(503, "endpoint_not_ready", message, "secret_missing", `${missing.join(", ")} is not set.`);
  }
  try {
    return await source.verify(request, set);
  } catch (error) {
    const message = "The request could not be verified. It has been logged.";
    throw new WebhookRefusal(500, "verification_failed", message, "verify_threw", nameOf(error));
  }
}

/** Its message may hold a secret. */
function nameOf(error: unknown): string {
  return error instanceof Error ? `It threw a ${error.name}.` : "It threw what is no error.";
}

function refusalOf(fault: WebhookFault, detail: string): WebhookRefusal {
  if (fault === "body_malformed") {
    return new WebhookRefusal(
      400,
      "malformed_body",
      "The body is not of the form that this endpoint takes.",
      fault,
      detail,
    );
  }
  const message = "The request is not signed, or not as this endpoint needs it.";
  return new WebhookRefusal(401, "invalid_signature", message, fault, detail);
}

/** The event as JSON text. */
function writeEvent(event: unknown): string {
  let text: string;
  try {
    text = JSON.stringify(event) ?? "null";
  } catch (error) {
    throw refusalOf("body_malformed", `The event cannot be written as JSON: ${String(error)}`);
  }
  if (isTooDeep(text)) throw refusalOf("body_malformed", `The event is nested deeper than ${MAX_DEPTH} levels.`);
  if (text.length <= MOST_EVENT_CHARACTERS) return text;
  throw new WebhookRefusal(
    413,
    "payload_too_large",
    `The event takes more than ${MOST_EVENT_CHARACTERS} characters as JSON.`,
    "too_large",
  );
}

/** Nobody waits for the result of a filter, or sees that a name is missing: who looks after the deployment is told. */
function tellOf(
  deliveryId: string,
  targets: readonly { readonly status: string; readonly task: string }[],
  unnamed: string | undefined,
): void {
  if (unnamed !== undefined) {
    console.warn(`runlet: delivery ${deliveryId} is known by what was sent, not by a name. ${unnamed}`);
  }
  const failed = targets.flatMap((target) => (target.status === "failed" ? target.task : []));
  if (failed.length > 0)
    console.warn(`runlet: delivery ${deliveryId} made no run of ${failed.join(", ")}: look at it.`);
}

function describe(id: string, { isRepeat, status }: Delivered): WebhookAnswer {
  const headers = { "content-type": "application/json" };
  return { status: 200, body: JSON.stringify({ received: true, id, status, isRepeat }), headers };
}
