import { parseDuration } from "./duration.ts";
import { RunletError } from "./errors.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import { readTaskId } from "./task-options.ts";
import type { WebhookSource } from "./webhook-source.ts";

/** What `webhooks.endpoint.define` takes. */
export interface WebhookEndpointOptions<Id extends string = string, Event = unknown> {
  /** It is part of the address: a POST to `/webhooks/<id>`. 1-128 of the characters A-Z a-z 0-9 _ . / : - */
  readonly id: Id;
  /** Who sends to it, and how that is checked. */
  readonly source: WebhookSource<Event>;
  readonly description?: string;
  /** Given to its tasks with each event. JSON. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /**
   * Lets tasks wait for its events by `wait.forWebhook`, and says for how long an event is kept for those who begin to wait after it
   * has come: a duration of "1s" to "1h". Each delivery costs a request and two rows more. Default: they cannot be waited for.
   */
  readonly waitWindow?: string;
}

/** An address that a provider sends its events to, as `webhooks.endpoint.define` gives it. */
export type WebhookEndpoint<Id extends string = string, Event = unknown> = WebhookEndpointOptions<Id, Event>;

/** The type of the events of an endpoint. */
export type WebhookEventOf<Endpoint> = Endpoint extends WebhookEndpointOptions<string, infer Event> ? Event : never;

/**
 * Defines an endpoint. Two of one id with different sources are refused when the Worker starts. Throws a `RunletError` for a
 * bad id, for what is no source, and for any option that is unknown.
 */
export function defineEndpoint<const Id extends string, Event>(
  options: WebhookEndpointOptions<Id, Event>,
): WebhookEndpoint<Id, Event> {
  if (typeof options !== "object" || options === null) {
    throw new RunletError("webhooks.endpoint.define takes an object with id and source.");
  }
  const id = readEndpointId(options.id);
  const subject = `endpoint "${id}"`;
  refuseUnknownKeys(options, subject, ["id", "source", "description", "metadata", "waitWindow"]);
  const { source, description, metadata, waitWindow } = options;
  if (typeof source !== "object" || source === null || typeof source.verify !== "function") {
    throw new RunletError(`source of ${subject} must be a source, such as webhooks.stripe({ secret }).`);
  }
  if (description !== undefined && typeof description !== "string") {
    throw new RunletError(`description of ${subject} must be a string.`);
  }
  if (waitWindow !== undefined && !isWindow(waitWindow)) {
    throw new RunletError(`waitWindow of ${subject} must be a duration from "1s" to "1h", such as "10m".`);
  }
  return {
    id,
    source,
    ...(waitWindow === undefined ? {} : { waitWindow }),
    ...(description === undefined ? {} : { description }),
    ...(metadata === undefined ? {} : { metadata: readMetadata(metadata, subject) }),
  };
}

/** For how long events of the endpoint are kept for waits, ms; undefined when they cannot be waited for. */
export function windowOf({ waitWindow }: Pick<WebhookEndpointOptions, "waitWindow">): number | undefined {
  return waitWindow === undefined ? undefined : parseDuration(waitWindow);
}

function isWindow(window: unknown): boolean {
  const ms = typeof window === "string" ? (parseDuration(window) ?? 0) : 0;
  return ms >= 1_000 && ms <= 3_600_000;
}

function readEndpointId<Id extends string>(id: Id): Id {
  try {
    return readTaskId(id);
  } catch (error) {
    if (!(error instanceof RunletError)) throw error;
    throw new RunletError(
      error.message.replace(/^A task needs/, "An endpoint needs").replace("task id", "endpoint id"),
    );
  }
}

function readMetadata<Metadata extends object>(metadata: Metadata, subject: string): Metadata {
  const isObject = typeof metadata === "object" && metadata !== null && !Array.isArray(metadata);
  if (isObject && toJson(metadata) !== undefined) return metadata;
  throw new RunletError(`metadata of ${subject} must be an object that can be written as JSON.`);
}

function toJson(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
