import * as client from "@trigger.dev/sdk";
import { beforeAll, expect, inject, test } from "vitest";
import { call } from "./api.ts";

// What the published client can ask for and has no server side here: each is answered at once, by 404 and by name.

const { auth, deployments, envvars, prompts, query, runs, sessions, streams, webhooks } = client;

let id: string;

beforeAll(async () => {
  const { url, key } = inject("platform");
  client.configure({ baseURL: url, accessToken: key });
  ({ id } = await client.tasks.trigger("add", { a: 1, b: 1 }));
});

test.each<[string, string, () => PromiseLike<unknown>]>([
  ["runs.list of a project", "GET /api/v1/projects/p/runs", () => runs.list("p", {})],
  ["envvars.list", "GET /api/v1/projects/p/envvars/dev", () => envvars.list("p", "dev")],
  ["envvars.retrieve", "GET /api/v1/projects/p/envvars/dev/A", () => envvars.retrieve("p", "dev", "A")],
  ["auth.createPublicToken", "POST /api/v1/auth/jwt/claims", () => auth.createPublicToken({ scopes: {} })],
  ["auth.createTriggerPublicToken", "POST /api/v1/auth/jwt/claims", () => auth.createTriggerPublicToken("add")],
  ["deployments.retrieveCurrent", "GET /api/v1/deployments/current", () => deployments.retrieveCurrent()],
  ["query.execute", "POST /api/v1/query", () => query.execute("SELECT 1")],
  ["prompts.list", "GET /api/v1/prompts", () => prompts.list()],
  ["sessions.list", "GET /api/v1/sessions", () => sessions.list()],
  [
    "webhooks.waiter.create",
    "POST /api/v1/webhooks/endpoints/payments/waiters",
    () => webhooks.waiter.create(webhooks.endpoint.define({ id: "payments", source: webhooks.github() })),
  ],
  ["webhooks.waiter.cancel", "POST /api/v1/webhooks/waiters/w/cancel", () => webhooks.waiter.cancel("w")],
])("%s is answered: there is no %s", async (_, route, ask) => {
  const refusal = { name: "TriggerApiError", status: 404, message: expect.stringContaining(`There is no ${route}`) };
  await expect(ask()).rejects.toMatchObject(refusal);
});

// The client throws words of its own here.
test.each<[string, () => PromiseLike<AsyncIterable<unknown>>]>([
  ["streams.read", () => streams.read(id, "s")],
  ["runs.fetchStream", () => runs.fetchStream(id, "s")],
])("%s is answered with 404", async (_, ask) => {
  const read = async () => {
    for await (const part of await ask()) return part;
    return undefined;
  };
  await expect(read()).rejects.toMatchObject({ status: 404 });
});

// `runs.subscribeToRun` and its like keep this to themselves: their iterators neither throw nor end.
test.each([
  ["GET", "/realtime/v1/runs/r"],
  ["GET", "/realtime/v1/runs"],
  ["GET", "/realtime/v1/batches/b"],
  ["POST", "/engine/v1/runs/r/wait/duration"],
  ["POST", "/api/v1/runs/r/input-streams/wait"],
])("%s %s is answered with 404 by name", async (method, path) => {
  const { status, body } = await call(method, path, { headers: { "trigger-version": "4.8.3" } });
  expect([status, body.code, body.error]).toEqual([404, "route_not_found", `There is no ${method} ${path}.`]);
});
