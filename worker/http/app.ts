import { Hono, type MiddlewareHandler } from "hono";
import type { Engine } from "../engine/engine.ts";
import type { Env } from "../env.ts";
import { answerError } from "./answer-error.ts";
import { authorize } from "./auth.ts";
import { addBatchItems, createBatch, retrieveBatch } from "./batch-routes.ts";
import { abortBulkAction, createBulkAction, listBulkActions, retrieveBulkAction } from "./bulk-routes.ts";
import type { Call, CallEnv } from "./call.ts";
import { addTags, changeMetadata, readMetadata } from "./note-routes.ts";
import { createPacket, storePacket } from "./packet-routes.ts";
import { listQueues, overrideLimit, pauseQueue, refuseNamedLimits, resetLimit, retrieveQueue } from "./queue-routes.ts";
import { receiveWebhook, WEBHOOK_PATH } from "./receive-webhook.ts";
import { Refusal } from "./refusal.ts";
import { RefusalTally } from "./refusal-tally.ts";
import {
  activateSchedule,
  createSchedule,
  deactivateSchedule,
  deleteSchedule,
  listSchedules,
  listTimezones,
  retrieveSchedule,
  updateSchedule,
} from "./schedule-routes.ts";
import { callbackToken, completeToken, createToken, listTokens, retrieveToken } from "./token-routes.ts";
import {
  cancelRun,
  listRuns,
  readEvents,
  readLogs,
  replayRun,
  rescheduleRun,
  resetKey,
  retrieveRun,
  retrieveRuns,
  retrieveSpan,
  traceRun,
  triggerRun,
} from "./run-routes.ts";
import {
  listDeliveries,
  listEndpoints,
  refuseSecret,
  replayDelivery,
  retrieveDelivery,
  retrieveEndpoint,
} from "./webhook-routes.ts";

type Handler = (call: Call) => Response | Promise<Response>;

/** All that needs a secret key. */
const ROUTES: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ["POST", "/api/v1/tasks/:id/trigger", triggerRun],
  ["GET", "/api/v1/runs", listRuns],
  ["GET", "/api/v3/runs/:id", retrieveRun],
  ["POST", "/api/v1/runs/retrieve", retrieveRuns],
  ["POST", "/api/v2/runs/:id/cancel", cancelRun],
  ["POST", "/api/v1/runs/:id/replay", replayRun],
  ["POST", "/api/v1/runs/:id/reschedule", rescheduleRun],
  ["POST", "/api/v1/idempotencyKeys/:key/reset", resetKey],
  ["POST", "/api/v1/waitpoints/tokens", createToken],
  ["GET", "/api/v1/waitpoints/tokens", listTokens],
  ["GET", "/api/v1/waitpoints/tokens/:id", retrieveToken],
  ["POST", "/api/v1/waitpoints/tokens/:id/complete", completeToken],
  ["GET", "/api/v1/runs/:id/logs", readLogs],
  ["GET", "/api/v1/runs/:id/events", readEvents],
  ["GET", "/api/v1/runs/:id/trace", traceRun],
  ["GET", "/api/v1/runs/:id/spans/*", retrieveSpan],
  ["POST", "/api/v1/runs/:id/tags", addTags],
  ["GET", "/api/v1/runs/:id/metadata", readMetadata],
  ["PUT", "/api/v1/runs/:id/metadata", changeMetadata],
  ["POST", "/api/v3/batches", createBatch],
  ["POST", "/api/v3/batches/:id/items", addBatchItems],
  ["GET", "/api/v2/batches/:id", retrieveBatch],
  ["PUT", "/api/v2/packets/:name", createPacket],
  ["GET", "/api/v1/queues", listQueues],
  ["GET", "/api/v1/queues/:id", retrieveQueue],
  ["POST", "/api/v1/queues/:id/pause", pauseQueue],
  ["POST", "/api/v1/queues/:id/concurrency/override", overrideLimit],
  ["POST", "/api/v1/queues/:id/concurrency/reset", resetLimit],
  ["GET", "/api/v1/concurrency-limits", refuseNamedLimits],
  ["GET", "/api/v1/concurrency-limits/:name", refuseNamedLimits],
  ["POST", "/api/v1/concurrency-limits/:name/:verb", refuseNamedLimits],
  ["POST", "/api/v1/schedules", createSchedule],
  ["GET", "/api/v1/schedules", listSchedules],
  ["GET", "/api/v1/schedules/:id", retrieveSchedule],
  ["PUT", "/api/v1/schedules/:id", updateSchedule],
  ["DELETE", "/api/v1/schedules/:id", deleteSchedule],
  ["POST", "/api/v1/schedules/:id/activate", activateSchedule],
  ["POST", "/api/v1/schedules/:id/deactivate", deactivateSchedule],
  ["POST", "/api/v1/bulk-actions", createBulkAction],
  ["GET", "/api/v1/bulk-actions", listBulkActions],
  ["GET", "/api/v1/bulk-actions/:id", retrieveBulkAction],
  ["POST", "/api/v1/bulk-actions/:id/abort", abortBulkAction],
  ["GET", "/api/v1/webhooks/deliveries", listDeliveries],
  ["GET", "/api/v1/webhooks/deliveries/:id", retrieveDelivery],
  ["POST", "/api/v1/webhooks/deliveries/:id/replay", replayDelivery],
  ["GET", "/api/v1/webhooks/endpoints", listEndpoints],
  ["GET", "/api/v1/webhooks/endpoints/:id", retrieveEndpoint],
  ["POST", "/api/v1/webhooks/endpoints/:id/rotate-secret", refuseSecret],
  ["PUT", "/api/v1/webhooks/endpoints/:id/secret", refuseSecret],
];

/** These need no key: their address is one. */
const CALLBACK_PATH = "/api/v1/waitpoints/tokens/:id/callback/:hash";
const PACKET_PATH = "/api/v2/packets/:address/body";
/** Clients ask this without one. */
const TIMEZONES_PATH = "/api/v1/timezones";

const HEALTH_PATHS = ["/health", "/api/v1/health"];

const OWN_PATHS =
  /^\/api\/(v1\/(tasks|runs|bulk-actions|idempotencyKeys|waitpoints|queues|concurrency-limits|schedules|timezones|webhooks|health)|v2\/(runs|batches|packets)|v3\/(runs|batches))(\/|$)/;

/**
 * Whether a path is the platform's in a Worker that has routes of its own. `/health` is not: such a Worker may have
 * its own, and `/api/v1/health` answers in any case. Neither is what looks like the address of a webhook, in a deployment
 * that has no endpoints.
 */
export function isPlatformPath(pathname: string, hasEndpoints: boolean): boolean {
  return OWN_PATHS.test(pathname) || (hasEndpoints && pathname.startsWith(WEBHOOK_PATH));
}

const CLIENT_PATHS = /^\/(api|realtime|engine)\//;

/**
 * Whether it is the published client that asks. It is answered here also what is not built: a Worker's own routes would
 * have nothing to say to it.
 */
export function isClientRequest({ headers }: Request, pathname: string): boolean {
  return headers.has("trigger-version") && CLIENT_PATHS.test(pathname);
}

export interface HttpApp {
  /** Never rejects: what goes wrong is an answer, too. */
  handle(request: Request, engine: Engine, env: Env): Promise<Response>;
}

/** The HTTP API. Keeps nothing between requests but the configured keys, and how many webhooks were refused. */
export function createHttpApp(): HttpApp {
  const app = new Hono<CallEnv>();
  for (const path of HEALTH_PATHS) app.get(path, () => Response.json({ status: "ok" })).all(path, refuseMethod("GET"));
  app.post(CALLBACK_PATH, callbackToken).all(CALLBACK_PATH, refuseMethod("POST"));
  app.put(PACKET_PATH, storePacket).all(PACKET_PATH, refuseMethod("PUT"));
  const tally = new RefusalTally(Date.now, (line) => console.warn(line));
  app.all(`${WEBHOOK_PATH}*`, (call) => receiveWebhook(call, tally));
  app.get(TIMEZONES_PATH, listTimezones).all(TIMEZONES_PATH, refuseMethod("GET"));
  for (const [method, path, handler] of ROUTES) app.on(method, path, requireKey, handler);
  for (const [, path] of ROUTES) app.all(path, refuseMethod(methodsOf(path)));
  app.notFound((call) => {
    throw new Refusal(404, "route_not_found", `There is no ${call.req.method} ${call.req.path}.`);
  });
  app.onError((error, call) => answerError(error, call.req.raw));
  return {
    async handle(request, engine, env) {
      try {
        return await app.fetch(request, { engine, env });
      } catch (error) {
        return answerError(error, request);
      }
    },
  };
}

const requireKey: MiddlewareHandler<CallEnv> = (call, next) => {
  const key = authorize(call.req.raw, call.env.env);
  if (typeof key === "string") {
    call.set("key", key);
    return next();
  }
  return key.then((accepted) => {
    call.set("key", accepted);
    return next();
  });
};

function methodsOf(path: string): string {
  return ROUTES.flatMap(([method, one]) => (one === path ? [method] : [])).join(", ");
}

function refuseMethod(allowed: string): Handler {
  return (call) => {
    const message = `${call.req.path} takes ${allowed}, not ${call.req.method}.`;
    throw new Refusal(405, "method_not_allowed", message, { allow: allowed });
  };
}
