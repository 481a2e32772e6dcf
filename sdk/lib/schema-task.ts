import { callSite } from "./call-site.ts";
import type { RunParameters, TaskRetry } from "./definition.ts";
import { RunletError, TaskPayloadParsedError } from "./errors.ts";
import type { SchemaInput, SchemaIssue, SchemaOutput, StandardSchemaV1 } from "./standard-schema.ts";
import { HOOK_NAMES, type TaskHooks } from "./hooks.ts";
import { readHooks } from "./task-options.ts";
import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import type { TaskQueue } from "./queue.ts";
import type { Task } from "./task-types.ts";
import { buildTask } from "./task.ts";

/** What `schemaTask()` takes: as `task()`, with a schema for the payload. */
export interface SchemaTaskOptions<Id extends string, Schema extends StandardSchemaV1, Output> extends TaskHooks<
  SchemaOutput<NoInfer<Schema>>,
  NoInfer<Output>
> {
  /** Names the task within the deployment: 1-128 of the characters A-Z a-z 0-9 _ . / : - */
  readonly id: Id;
  /** For people. */
  readonly description?: string;
  /** When and how often a failed attempt is tried again. Default: three attempts in all. */
  readonly retry?: TaskRetry;
  /** As in `task()`. */
  readonly ttl?: string | number;
  /** As in `task()`. */
  readonly maxDuration?: number;
  /** As in `task()`. */
  readonly queue?: TaskQueue;
  /** Any Standard Schema v1 (zod, valibot, arktype...). It is given what was triggered, and gives what `run` gets. */
  readonly schema: Schema;
  /** The work, as in `task()`, with the parsed payload. */
  readonly run: (payload: SchemaOutput<Schema>, parameters: RunParameters) => Output | Promise<Output>;
}

/**
 * Defines a task whose payload is parsed before `run` is called, in each pass. It is triggered with the schema's input
 * type. A payload that does not fit fails the run with `TaskPayloadParsedError` and is not retried.
 *
 * Throws a `RunletError` as `task()` does, and for a schema that is not a Standard Schema v1.
 */
export function schemaTask<Id extends string, Schema extends StandardSchemaV1, Output = unknown>(
  options: SchemaTaskOptions<Id, Schema, Output>,
): Task<Id, SchemaInput<Schema>, Output> {
  refuseUnknownKeys(options, "schemaTask()", [
    "id",
    "description",
    "retry",
    "ttl",
    "maxDuration",
    "queue",
    "schema",
    "run",
    ...HOOK_NAMES,
  ]);
  const { schema, run, id } = options;
  if (schema?.["~standard"]?.version !== 1) {
    throw new RunletError(
      `The schema of task "${id}" is not a Standard Schema v1 (zod 3.24+, valibot 1+, arktype 2+).`,
    );
  }
  return buildTask<Id, SchemaInput<Schema>, Output>(options, callSite(schemaTask), readHooks(options, id), {
    parse: async (payload) => parse(schema, payload, id),
    execute: async (payload, parameters) => run(payload, parameters),
  });
}

async function parse<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  payload: unknown,
  taskId: string,
): Promise<Output> {
  const result = await schema["~standard"].validate(payload);
  if (result.issues === undefined) return result.value;
  const found = result.issues.map(describeIssue).join("; ");
  throw new TaskPayloadParsedError(`The payload of task "${taskId}" does not fit its schema: ${found}`);
}

function describeIssue({ message, path }: SchemaIssue): string {
  if (path === undefined || path.length === 0) return message;
  const keys = path.map((step) => String(typeof step === "object" ? step.key : step));
  return `${keys.join(".")}: ${message}`;
}
