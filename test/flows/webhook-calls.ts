import { request } from "node:http";
import { expect, inject } from "vitest";
import { webhooks } from "../../sdk/index.ts";
import { signOrder, type SignedOrder } from "../support/signed-webhook.ts";
import { call, fresh } from "./api.ts";

export const DELIVERIES = "/api/v1/webhooks/deliveries";

/** What an endpoint answers to a delivery that it has taken. */
export interface Taken {
  readonly id: string;
  readonly status: string;
  readonly isRepeat: boolean;
}

/** A delivery as the API gives it. */
export interface Shown extends Taken {
  readonly targets: readonly { readonly id: string; readonly status: string; readonly runId: string; error: string }[];
  readonly replays: readonly string[];
  readonly event: unknown;
  readonly headers: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export async function post(endpoint: string, init: RequestInit): Promise<Response> {
  return fetch(`${inject("platform").url}/webhooks/${endpoint}`, { method: "POST", ...init });
}

/** Sends a body with these header lines, in this order and as they are written. It must be taken. */
export async function postRaw(
  endpoint: string,
  body: string,
  lines: readonly (readonly [string, string])[],
): Promise<Taken> {
  const { host } = new URL(inject("platform").url);
  const headers = [["Host", host], ["Content-Length", `${Buffer.byteLength(body)}`], ...lines].flat();
  return new Promise<Taken>((resolve, reject) => {
    const sent = request(`http://${host}/webhooks/${endpoint}`, { method: "POST", headers }, (response) => {
      response.setEncoding("utf8");
      const pieces: string[] = [];
      response.on("data", (piece: string) => pieces.push(piece));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(pieces.join("")) as Taken);
        else reject(new Error(`It is answered ${response.statusCode}: ${pieces.join("")}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Sends a signed order, which must be taken. */
export async function sendOrder(order: SignedOrder, endpoint = "orders"): Promise<Taken> {
  const response = await post(endpoint, await signOrder({ deliveryId: fresh("delivery"), ...order }));
  expect(response.status).toBe(200);
  return response.json<Taken>();
}

export async function show(id: string): Promise<Shown> {
  const { status, body } = await call("GET", `${DELIVERIES}/${id}`);
  expect(status).toBe(200);
  return body as unknown as Shown;
}

type Filter = Parameters<typeof webhooks.deliveries.list>[0];
type Item = Awaited<ReturnType<typeof webhooks.deliveries.list>>["data"][number];

/** What the list has of these, once that is as much as there has to be. */
export async function listed(
  isMeant: (item: Item) => boolean | Promise<boolean>,
  filter: Filter,
  count = 1,
): Promise<readonly Item[]> {
  for (;;) {
    const found: Item[] = [];
    for await (const item of webhooks.deliveries.list(filter)) if (await isMeant(item)) found.push(item);
    if (found.length >= count) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
