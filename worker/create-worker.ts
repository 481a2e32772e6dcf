import { WorkerEntrypoint } from "cloudflare:workers";
import type { Defined } from "../sdk/lib/definition.ts";
import type { Queue } from "../sdk/lib/queue.ts";
import type { WebhookEndpoint } from "../sdk/lib/webhook-endpoint.ts";
import { hasLooked, shareProcess } from "./engine/breath.ts";
import { deploy, deployment } from "./engine/deployment.ts";
import { LocalEngine } from "./engine/local-engine.ts";
import { Registry } from "./engine/registry.ts";
import { runBehindDoor } from "./engine/surroundings.ts";
import { healSchedules, owesSync, syncSchedules } from "./engine/sync-schedules.ts";
import type { Env } from "./env.ts";
import { createHttpApp, isClientRequest, isPlatformPath } from "./http/app.ts";
import { pathOf } from "./http/path-of.ts";
import { consume } from "./queue/consumer.ts";
import type { DispatchMessage } from "./queue/message.ts";

export { BulkAction } from "./objects/bulk-action.ts";
export { IndexGatherer } from "./objects/index-gatherer.ts";
export { PacketHold } from "./objects/packet-hold.ts";
export { QueueKeeper } from "./objects/queue-keeper.ts";
export { ScheduleKeeper } from "./objects/schedule-keeper.ts";
export { ScheduleRoster } from "./objects/schedule-roster.ts";
export { RunGroup } from "./objects/run-group.ts";
export { WebhookDesk } from "./objects/webhook-desk.ts";
export type { Env } from "./env.ts";

export interface WorkerOptions<E extends Env> {
  /** Every task of the deployment: what `task()` and `schemaTask()` returned. Two with one id are refused. */
  readonly tasks: readonly Defined[];
  /** Queues that triggers name and no task has: what `queue()` returned. */
  readonly queues?: readonly Queue[];
  /** Webhook endpoints that no webhook task is subscribed to: what `webhooks.endpoint.define()` returned. */
  readonly endpoints?: readonly WebhookEndpoint[];
  /**
   * The Worker's own routes: called for every request outside of Runlet's API. SDK calls in it need no HTTP and no key.
   * Without it those requests are answered 404.
   */
  readonly fetch?: (request: Request, env: E, ctx: ExecutionContext) => Response | Promise<Response>;
}

/**
 * Makes the default export of a Worker that hosts tasks. The Worker also has to export the classes `RunGroup`,
 * `IndexGatherer`, `QueueKeeper`, `PacketHold`, `BulkAction`, `ScheduleKeeper`, `ScheduleRoster`, `WebhookDesk` and `PassRunner` of this module, and to
 * bind them as the README shows. Throws a `RunletError` at start-up when two tasks or webhook endpoints have one id, two queues one
 * name, or a schedule cannot be used.
 */
export function createWorker<E extends Env = Env>({ tasks, queues, endpoints, fetch }: WorkerOptions<E>) {
  const own = new Registry(tasks, queues, endpoints);
  deploy(own);
  const http = createHttpApp();
  return {
    fetch(request: Request, env: E, ctx: ExecutionContext): Response | Promise<Response> {
      hasLooked();
      own.endpoints.warnOfSecrets(env);
      if (owesSync(own)) ctx.waitUntil(syncSchedules(env, own));
      const engine = new LocalEngine(env, own, continentOf(request), true, request.url);
      if (fetch === undefined || isOurs(request, own)) return http.handle(request, engine, env);
      return runBehindDoor(engine, () => fetch(request, env, ctx));
    },

    /**
     * Calls `fn` so that SDK calls in it need no HTTP and no key: for handlers of your own beside `fetch`, such as
     * `scheduled`, `email` or the consumer of another queue.
     */
    inside<T>(env: E, fn: () => T): T {
      return runBehindDoor(new LocalEngine(env, own, "inside", true), fn);
    },

    queue(batch: MessageBatch<DispatchMessage>, env: E, ctx: ExecutionContext): Promise<void> {
      if (owesSync(own)) ctx.waitUntil(syncSchedules(env, own));
      own.endpoints.warnOfSecrets(env);
      return consume(batch.messages, env, own);
    },

    /**
     * Makes the schedules of the code live where no request has done so since it was deployed. A Worker with a `scheduled` handler of its own
     * calls it from there.
     */
    scheduled(_controller: ScheduledController, env: E): Promise<void> {
      return healSchedules(env, own);
    },
  };
}

/**
 * Executes passes for dispatches that did not take the queue (`RUNLET_DISPATCH=direct`). Used under `wrangler dev` and
 * `workerd serve` only: elsewhere what goes on after an event is cut off.
 */
export class PassRunner extends WorkerEntrypoint<Env> {
  work(messages: readonly DispatchMessage[]): void {
    shareProcess();
    const deliveries = messages.map((body) => ({ body, ack: ignore, retry: ignore }));
    this.ctx.waitUntil(consume(deliveries, this.env, deployment()));
  }
}

/** Whether the platform answers in a Worker with routes of its own. */
function isOurs(request: Request, { endpoints }: Registry): boolean {
  const path = pathOf(request.url);
  return isPlatformPath(path, !endpoints.isEmpty) || isClientRequest(request, path);
}

function continentOf(request: Request): string {
  return (request.cf?.continent as string | undefined) ?? "XX";
}

function ignore(): void {
  // Nothing brings it again but its group's alarm.
}
