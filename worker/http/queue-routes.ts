import { readOverride, readQueuePage } from "../../sdk/lib/queue-query.ts";
import { QUEUE_ADDRESS_TYPES, type QueueAddress } from "../../sdk/lib/queue-wire.ts";
import { readJson } from "./body.ts";
import type { Call } from "./call.ts";
import { readFields } from "./fields.ts";
import { invalidField, Refusal } from "./refusal.ts";

export async function listQueues(call: Call): Promise<Response> {
  const { page, perPage, ...others } = call.req.query();
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new Refusal(
      400,
      "unknown_parameter",
      `Unknown parameter "${unknown}": a list of queues takes page, perPage.`,
    );
  }
  const query = readQueuePage({ page: toNumber(page), perPage: toNumber(perPage) });
  return Response.json(await call.env.engine.queues.list(query));
}

export async function retrieveQueue(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.queues.retrieve(addressOf(call, call.req.query("type"))));
}

export async function pauseQueue(call: Call): Promise<Response> {
  const { type, action } = readFields("the body", (await readJson(call.req.raw)) ?? {}, ["type", "action"]);
  if (action !== "pause" && action !== "resume") throw invalidField("action", '"pause" or "resume"');
  return Response.json(await call.env.engine.queues.pause(addressOf(call, type), action === "pause"));
}

export async function overrideLimit(call: Call): Promise<Response> {
  const fields = readFields("the body", (await readJson(call.req.raw)) ?? {}, ["type", "concurrencyLimit"]);
  const limit = readOverride(fields["concurrencyLimit"]);
  return Response.json(await call.env.engine.queues.limit(addressOf(call, fields["type"]), limit));
}

export async function resetLimit(call: Call): Promise<Response> {
  const { type } = readFields("the body", (await readJson(call.req.raw)) ?? {}, ["type"]);
  return Response.json(await call.env.engine.queues.limit(addressOf(call, type), null));
}

/** Limits apart from queues, of which a run may hold several. */
export function refuseNamedLimits(): never {
  const message =
    "Named concurrency limits are not supported: the limits are those of queues. Declare a queue() with `concurrency`, give " +
    "it to the tasks that share the limit, and tell tenants apart by `concurrencyKey`. Queues are managed at /api/v1/queues.";
  throw new Refusal(400, "unsupported_concurrency_limits", message);
}

function addressOf(call: Call, type: unknown = "id"): QueueAddress {
  const known = QUEUE_ADDRESS_TYPES.find((one) => one === type);
  if (known === undefined) throw invalidField("type", `one of ${QUEUE_ADDRESS_TYPES.join(", ")}`);
  return { type: known, name: decodeAgain(call.req.param("id") ?? "") };
}

/** The published client encodes slashes in a name twice. No name has a percent sign, so decoding once more is harmless. */
function decodeAgain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What is no number stays what it is, to be refused by name. */
export function toNumber(text: string | undefined): unknown {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : text;
}
