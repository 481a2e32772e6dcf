import { RunletApiError } from "../../sdk/lib/errors.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { WebhookRefusal } from "../engine/webhook-refusal.ts";
import { readBytes } from "./body.ts";
import type { Call } from "./call.ts";
import { Refusal } from "./refusal.ts";
import type { RefusalTally } from "./refusal-tally.ts";

/** Where providers send to. */
export const WEBHOOK_PATH = "/webhooks/";

/** Names of endpoints that are none are a stranger's: they are counted as one. */
const NO_ENDPOINT = "no such endpoint";
const MEBIBYTES = LIMITS.payloadBytes / 1024 / 1024;
/** Statuses that have no body. */
const EMPTY: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/** Takes the request of a provider. Whatever is refused is counted, and asks nothing of any object. */
export async function receiveWebhook(call: Call, tally: RefusalTally): Promise<Response> {
  const endpoint = readEndpoint(call.req.raw.url);
  const isKnown = endpoint !== undefined && call.env.engine.webhooks.has(endpoint);
  try {
    if (!isKnown) throw new Refusal(404, "endpoint_not_found", "There is no webhook endpoint at this address.");
    tally.tellIfDue();
    return await receive(call, endpoint);
  } catch (error) {
    if (error instanceof RunletApiError && !(error instanceof WebhookRefusal) && error.status >= 500) throw error;
    if (error instanceof RunletApiError) {
      const { fault, detail } = error instanceof WebhookRefusal ? error : { fault: error.code, detail: error.message };
      tally.add(isKnown ? endpoint : NO_ENDPOINT, fault, detail);
    }
    throw error;
  }
}

async function receive(call: Call, endpoint: string): Promise<Response> {
  const request = call.req.raw;
  const { webhooks } = call.env.engine;
  if (request.method !== "POST") {
    const message = `Webhooks come by POST, not by ${request.method.slice(0, 20)}.`;
    throw new Refusal(405, "method_not_allowed", message, { allow: "POST" });
  }
  const receivedAt = Date.now();
  const { method, headers } = request;
  const url = webhooks.addressOf(request.url);
  const body = await readBytes(request, LIMITS.payloadBytes, tooLarge);
  const answer = await webhooks.receive(endpoint, { method, url, headers, body, receivedAt });
  const { status } = answer;
  return new Response(EMPTY.has(status) ? null : (answer.body ?? null), { status, headers: answer.headers ?? {} });
}

/** The id in the address; undefined when that is malformed. */
function readEndpoint(url: string): string | undefined {
  const { pathname } = new URL(url);
  try {
    return decodeURIComponent(pathname.slice(WEBHOOK_PATH.length));
  } catch {
    return undefined;
  }
}

function tooLarge(): Refusal {
  const message = `The body is over the limit of ${LIMITS.payloadBytes} bytes (${MEBIBYTES} MiB).`;
  return new Refusal(413, "payload_too_large", message);
}
