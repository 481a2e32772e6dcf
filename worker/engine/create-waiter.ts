import { delayUntil } from "../../sdk/lib/delay.ts";
import type { CreateWaiterRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { windowOf } from "../../sdk/lib/webhook-endpoint.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import type { DeskApi } from "./desk-api.ts";
import type { KnownEndpoint } from "./endpoint-registry.ts";
import { insist } from "./insist.ts";
import { tokenGroupName } from "./place-trigger.ts";

/**
 * Makes a token that is completed with an event of the endpoint. A request that is sent again finds the same one. Throws a
 * `RunletApiError` (422) for an endpoint without a window: nobody tells the desk of its deliveries.
 */
export async function createWaiter(
  env: Env,
  { endpoint }: KnownEndpoint,
  { match, timeout, run, requestKey }: CreateWaiterRequest,
): Promise<{ id: string }> {
  if (windowOf(endpoint) === undefined) {
    const message =
      `Events of endpoint "${endpoint.id}" cannot be waited for. Define it with a window, for which they are kept: ` +
      'webhooks.endpoint.define({ …, waitWindow: "10m" }).';
    throw new RunletApiError(422, "endpoint_keeps_nothing", message);
  }
  const until = delayUntil(timeout, Date.now());
  const group = env.RUN_GROUP.idFromName(tokenGroupName(requestKey, {})).toString();
  const { n } = await callGroup(env, group, (stub) => stub.createToken({ request: requestKey, tags: [], timeout }));
  const id = formatId("waitpoint", encodeGroup(group), n);
  await callDesk(env, endpoint.id, (desk) => desk.wait({ token: id, run, match, until }));
  return { id };
}

/** Calls the desk of an endpoint, as `insist` does. */
export function callDesk<T>(env: Env, endpoint: string, call: (desk: DeskApi) => Promise<T>): Promise<T> {
  return insist("The webhook's desk", () => call(env.WEBHOOK_DESK.getByName(endpoint)));
}
