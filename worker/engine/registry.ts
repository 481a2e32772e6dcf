import { DEFINITION, type Defined, type TaskDefinition } from "../../sdk/lib/definition.ts";
import { RunletApiError, RunletError } from "../../sdk/lib/errors.ts";
import type { RunOptions, StoredOptions } from "../../sdk/lib/journal.ts";
import { taskQueueName, type Queue } from "../../sdk/lib/queue.ts";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { WebhookEndpoint } from "../../sdk/lib/webhook-endpoint.ts";
import { EndpointRegistry } from "./endpoint-registry.ts";
import { nearMatches } from "./near-matches.ts";
import { QueueRegistry } from "./queue-registry.ts";
import { ScheduleRegistry } from "./schedule-registry.ts";

/** The tasks, queues and webhook endpoints of this deployment, by id and name. */
export class Registry {
  private readonly tasks = new Map<string, TaskDefinition>();
  readonly queues: QueueRegistry;
  readonly endpoints: EndpointRegistry;
  readonly schedules: ScheduleRegistry;

  /** Throws a `RunletError` when two tasks or two endpoints have one id, two queues one name, or a schedule cannot be used. */
  constructor(tasks: readonly Defined[], queues: readonly Queue[] = [], endpoints: readonly WebhookEndpoint[] = []) {
    tasks.forEach((task, index) => {
      const definition = (task as Partial<Defined> | undefined)?.[DEFINITION];
      if (definition === undefined) {
        throw new RunletError(
          `tasks[${index}] is not a task. Give createWorker() what task() or schemaTask() returned.`,
        );
      }
      const first = this.tasks.get(definition.id);
      if (first === definition) return;
      if (first !== undefined) {
        throw new RunletError(
          `Two tasks have the id "${definition.id}": one defined at ${first.definedAt}, one at ${definition.definedAt}. ` +
            "Ids tell tasks apart, so give one of them another.",
        );
      }
      this.tasks.set(definition.id, definition);
    });
    this.queues = new QueueRegistry([...this.tasks.values()], queues);
    this.endpoints = new EndpointRegistry([...this.tasks.values()], endpoints);
    this.schedules = new ScheduleRegistry([...this.tasks.values()]);
  }

  get(id: string): TaskDefinition | undefined {
    return this.tasks.get(id);
  }

  get ids(): string[] {
    return [...this.tasks.keys()];
  }

  limitsOf(queue: string): QueueLimits {
    return this.queues.limitsOf(queue);
  }

  /**
   * The options with the defaults of the task. Throws `RunletApiError` 404 (`task_not_found`) for an unknown task, 400
   * (`unknown_queue`) for an unknown queue.
   */
  resolve(id: string, options: StoredOptions): RunOptions {
    const definition = this.tasks.get(id);
    if (definition === undefined) throw new RunletApiError(404, "task_not_found", this.unknown(id));
    const { ttl, maxDuration, retry } = definition;
    const resolved = {
      tags: [],
      maxAttempts: retry.maxAttempts,
      ...(ttl === undefined ? {} : { ttl }),
      ...(maxDuration === undefined ? {} : { maxDuration }),
      ...options,
    };
    if (options.queue === undefined && definition.queue === undefined) return resolved;
    return { ...resolved, ...this.queues.place(options.queue ?? definition.queue?.name ?? taskQueueName(id)) };
  }

  /** What a run was triggered with, without a queue that this deployment does not have any more: that of the task takes its place. */
  withoutDropped({ queue, ...options }: StoredOptions): StoredOptions {
    return queue === undefined || !this.queues.has(queue) ? options : { ...options, queue };
  }

  /** What to say of a task id that is not here. */
  unknown(id: string): string {
    const near = nearMatches(id, this.ids);
    const hint = near.length === 0 ? "" : ` Did you mean ${near.map((match) => `"${match}"`).join(" or ")}?`;
    return `There is no task "${id}" in this deployment.${hint}`;
  }
}
