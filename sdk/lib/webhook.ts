import { callSite } from "./call-site.ts";
import type { RunParameters, TaskRetry, WebhookSubscription } from "./definition.ts";
import { RunletError, TaskPayloadParsedError } from "./errors.ts";
import { HOOK_NAMES, type TaskHooks } from "./hooks.ts";
import type { TaskQueue } from "./queue.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import { readHooks } from "./task-options.ts";
import type { Task } from "./task-types.ts";
import { buildTask } from "./task.ts";
import type { WebhookEndpoint } from "./webhook-endpoint.ts";

/** The endpoint that an event came to, as tasks see it. */
export interface WebhookEndpointContext {
  readonly id: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What a webhook task is triggered with: by a delivery, or by hand with an event alone. */
export interface WebhookTaskPayload<Event> {
  readonly event: Event;
  /** Those of the request, without credentials; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly endpoint?: WebhookEndpointContext;
}

/** What a filter looks at. */
export interface WebhookFilterParameters<Event> {
  readonly event: Event;
  readonly headers: Headers;
}

/** What `onEvent` is given. */
export interface WebhookEventParameters<Event> extends RunParameters {
  readonly event: Event;
  /** Those of the request, without credentials; none for a run that was triggered by hand without any. */
  readonly headers: Headers;
  /** Absent for a run that was triggered by hand without one. */
  readonly endpoint?: WebhookEndpointContext;
}

/** What `webhook()` takes beside its filter. `Kept` is the type of the events that the filter lets through. */
export interface WebhookOptions<Id extends string, Event, Kept extends Event> extends TaskHooks<
  WebhookTaskPayload<NoInfer<Kept>>,
  void
> {
  /** Names the task within the deployment, as in `task()`. */
  readonly id: Id;
  /** Whose events it gets: what `webhooks.endpoint.define()` gave. Several webhooks may share an endpoint. */
  readonly endpoint: WebhookEndpoint<string, Event>;
  /** For people. */
  readonly description?: string;
  /** As in `task()`. */
  readonly retry?: TaskRetry;
  /** As in `task()`. */
  readonly ttl?: string | number;
  /** As in `task()`. */
  readonly maxDuration?: number;
  /** As in `task()`. */
  readonly queue?: TaskQueue;
  /** The work, as `run` of a task. It may wait, and is called again from the top after each wait. */
  readonly onEvent: (parameters: WebhookEventParameters<NoInfer<Kept>>) => Promise<void> | void;
}

/**
 * Defines a task that gets the verified events of an endpoint: a run for each delivery that `filter` lets through. The filter
 * is called in the Worker while the provider waits for its answer, so it must be quick, is not async, and changes nothing; a
 * type guard narrows the event. What it throws makes no run, and is shown with the delivery, which can be replayed.
 *
 * Throws a `RunletError` as `task()` does, and for an endpoint, filter or onEvent that is none.
 */
export function webhook<Id extends string, Event, Kept extends Event>(
  options: WebhookOptions<Id, Event, Kept> & {
    readonly filter: (delivery: WebhookFilterParameters<Event>) => delivery is WebhookFilterParameters<Kept>;
  },
): Task<Id, WebhookTaskPayload<Kept>, void>;
export function webhook<Id extends string, Event>(
  options: WebhookOptions<Id, Event, Event> & {
    readonly filter?: (delivery: WebhookFilterParameters<NoInfer<Event>>) => boolean;
  },
): Task<Id, WebhookTaskPayload<Event>, void>;
export function webhook<Id extends string, Event>(
  options: WebhookOptions<Id, Event, Event> & {
    readonly filter?: (delivery: WebhookFilterParameters<Event>) => boolean;
  },
): Task<Id, WebhookTaskPayload<Event>, void> {
  const { id, endpoint, filter, onEvent, ...taskOptions } = options;
  refuseUnknownKeys(options, "webhook()", [
    "id",
    "endpoint",
    "filter",
    "onEvent",
    "description",
    "retry",
    "ttl",
    "maxDuration",
    "queue",
    ...HOOK_NAMES,
  ]);
  if (typeof (endpoint as Partial<WebhookEndpoint> | undefined)?.source?.verify !== "function") {
    throw new RunletError(`The endpoint of webhook "${id}" is none: it is what webhooks.endpoint.define() gives.`);
  }
  if (typeof onEvent !== "function") throw new RunletError(`Webhook "${id}" needs an onEvent function.`);
  return buildTask<Id, WebhookTaskPayload<Event>, void>(
    { ...taskOptions, id, run: onEvent },
    callSite(webhook),
    readHooks(options, id),
    {
      subscription: { endpoint, ...readFilter(filter, id) },
      parse: async (payload) => readPayload(payload, id),
      execute: async (payload, parameters) => {
        const { headers, ...delivery } = payload as WebhookTaskPayload<Event>;
        await onEvent({ ...delivery, ...parameters, headers: new Headers(headers) });
      },
    },
  );
}

/** A filter's types end here: the registry holds those of all events. */
function readFilter<Event>(
  filter: ((delivery: WebhookFilterParameters<Event>) => boolean) | undefined,
  id: string,
): Pick<WebhookSubscription, "filter" | "filterText"> {
  if (filter === undefined) return {};
  if (typeof filter === "function") {
    return { filter: filter as NonNullable<WebhookSubscription["filter"]>, filterText: String(filter) };
  }
  throw new RunletError(
    `filter of webhook "${id}" must be a function, such as ({ event }) => event.type === "charge.failed".`,
  );
}

function readPayload(payload: unknown, id: string): unknown {
  if (typeof payload === "object" && payload !== null && "event" in payload) return payload;
  throw new TaskPayloadParsedError(`The payload of webhook "${id}" must be { event, headers?, endpoint? }.`);
}
