import { callSite } from "./call-site.ts";
import { RunletError } from "./errors.ts";
import type { WebhookSource } from "./webhook-source.ts";

const ENDPOINT_ID = /^[A-Za-z0-9_.-]{1,128}$/;
const NAMES = ["id", "source", "description", "metadata"];
const MOST_METADATA_CHARACTERS = 10_000;

/** Where a provider sends its webhooks to: `POST /webhooks/:id`. */
export interface WebhookEndpoint<Id extends string = string, Event = unknown> {
  readonly id: Id;
  /** The name of its source, such as "stripe". */
  readonly source: string;
  readonly [ENDPOINT]: EndpointDefinition<Event>;
}

/** What `webhooks.endpoint.define()` takes. */
export interface EndpointOptions<Id extends string, Event> {
  /** Names the endpoint within the deployment, and is the end of its address: 1-128 of the characters A-Z a-z 0-9 _ . - */
  readonly id: Id;
  /** Who sends, and how that is verified. */
  readonly source: WebhookSource<Event>;
  /** For people. */
  readonly description?: string;
  /** Any JSON object; tasks get it with every event, as `endpoint.metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What the platform needs of an endpoint. */
export interface EndpointDefinition<Event = unknown> {
  readonly id: string;
  readonly source: WebhookSource<Event>;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Where it was defined, for the message about two endpoints with one id. */
  readonly definedAt: string;
}

/** The key under which an endpoint carries its definition. */
export const ENDPOINT = Symbol.for("runlet.endpoint");

/**
 * Declares an endpoint. Give it to `webhook()`, or to `createWorker({ endpoints })` when no task is subscribed to it. Throws a
 * `RunletError` for a bad id, for what is no source, and for any option that is unknown.
 */
export function defineEndpoint<Id extends string, Event>(
  options: EndpointOptions<Id, Event>,
): WebhookEndpoint<Id, Event> {
  const { id, source, description, metadata } = options;
  if (typeof id !== "string" || !ENDPOINT_ID.test(id) || id.startsWith("wh_")) {
    throw new RunletError(
      `The id of an endpoint must be 1-128 of the characters A-Z a-z 0-9 _ . - and not begin with "wh_"; it is ${JSON.stringify(id)}.`,
    );
  }
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new RunletError(
      `Option "${unknown}" of endpoint "${id}" is unknown: the options are ${NAMES.join(", ")}. ` +
        "filter and onEvent are options of webhook().",
    );
  }
  if (typeof source?.verify !== "function") {
    throw new RunletError(`The source of endpoint "${id}" is none: it is what webhooks.stripe() and the like give.`);
  }
  return {
    id,
    source: source.provider,
    [ENDPOINT]: {
      ...{ id, source, definedAt: callSite(defineEndpoint) },
      ...(description === undefined ? {} : { description }),
      ...(metadata === undefined ? {} : { metadata: readMetadata(metadata, id) }),
    },
  };
}

/** As it will be given to tasks: what JSON does not know is found out here. */
function readMetadata(metadata: unknown, id: string): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(metadata) ?? "";
  if (!text.startsWith("{") || text.length > MOST_METADATA_CHARACTERS) {
    throw new RunletError(
      `metadata of endpoint "${id}" must be an object of at most ${MOST_METADATA_CHARACTERS} characters as JSON.`,
    );
  }
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}
