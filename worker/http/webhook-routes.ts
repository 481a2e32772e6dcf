import { DELIVERY_STATUSES, type ListDeliveriesQuery } from "../../sdk/lib/webhook-wire.ts";
import type { Call } from "./call.ts";
import {
  PAGE_READERS,
  readKnown,
  readOne,
  readParameters,
  splitAll,
  WINDOW_READERS,
  type Readers,
} from "./list-parameters.ts";
import { Refusal } from "./refusal.ts";
import { requestKeyOf } from "./request-key.ts";

const READERS: Readers<ListDeliveriesQuery> = {
  "filter[endpoint]": (query, values) => (query.endpoint = splitAll(values)),
  "filter[status]": (query, values, name) => {
    query.status = splitAll(values).map((value) => readKnown(name, value, DELIVERY_STATUSES));
  },
  "filter[from]": WINDOW_READERS.from,
  "filter[to]": WINDOW_READERS.to,
  "filter[period]": WINDOW_READERS.period,
  ...PAGE_READERS,
};
const REPLAY_READERS: Readers<{ readonly targetId?: string }> = {
  targetId: (query, values, name) => (query.targetId = readOne(name, values)),
};

export async function listDeliveries(call: Call): Promise<Response> {
  const query = readParameters("webhook deliveries", new URL(call.req.url).searchParams, READERS);
  return Response.json(await call.env.engine.webhooks.listDeliveries(query));
}

export async function retrieveDelivery(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.webhooks.retrieveDelivery(call.req.param("id") ?? ""));
}

export async function replayDelivery(call: Call): Promise<Response> {
  const request = call.req.raw;
  const query = readParameters("replays", new URL(request.url).searchParams, REPLAY_READERS);
  const id = call.req.param("id") ?? "";
  const replay = await call.env.engine.webhooks.replayDelivery({ id, ...query, requestKey: requestKeyOf(request) });
  return Response.json(replay);
}

export async function listEndpoints(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.webhooks.listEndpoints());
}

export async function retrieveEndpoint(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.webhooks.retrieveEndpoint(call.req.param("id") ?? ""));
}

/** Secrets are the Worker's: the API sees, makes and changes none. */
export async function refuseSecret(call: Call): Promise<Response> {
  const { secrets, declaredId } = await call.env.engine.webhooks.retrieveEndpoint(call.req.param("id") ?? "");
  const commands = secrets.map(({ env }) => `npx wrangler secret put ${env}`).join(" or ");
  const how = commands === "" ? "this one has none" : `set this one by ${commands}`;
  const message = `The secrets of endpoint "${declaredId}" are variables of the Worker: ${how}. Two at once serve a rotation.`;
  throw new Refusal(422, "secret_not_managed", message, { "x-should-retry": "false" });
}
