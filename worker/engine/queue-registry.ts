import type { TaskDefinition } from "../../sdk/lib/definition.ts";
import { RunletApiError, RunletError } from "../../sdk/lib/errors.ts";
import type { RunOptions } from "../../sdk/lib/journal.ts";
import { isLimited, QUEUE, taskQueueName, type Queue, type QueueDefinition } from "../../sdk/lib/queue.ts";
import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import { nearMatches } from "./near-matches.ts";

const UNLIMITED: QueueLimits = { executing: {}, inFlight: {}, starts: {} };

/** The queues of this deployment, by name: those with limits, and one of each task without. */
export class QueueRegistry {
  private readonly queues = new Map<string, QueueLimits>();
  /** For the queue of a task that has another one: that. */
  private readonly instead = new Map<string, string>();

  /** Throws a `RunletError` when one name has two limits. */
  constructor(tasks: readonly TaskDefinition[], queues: readonly Queue[]) {
    queues.forEach((queue, index) => {
      const definition = (queue as Partial<Queue> | undefined)?.[QUEUE];
      if (definition === undefined) {
        throw new RunletError(`queues[${index}] is not a queue. Give createWorker() what queue() returned.`);
      }
      this.add(definition);
    });
    for (const { id, queue = { name: taskQueueName(id), limits: UNLIMITED } } of tasks) this.add(queue);
    // A trigger may name the queue of any task.
    for (const { id, queue } of tasks) {
      const own = taskQueueName(id);
      if (this.queues.has(own)) continue;
      this.queues.set(own, UNLIMITED);
      if (queue !== undefined) this.instead.set(own, queue.name);
    }
  }

  get names(): string[] {
    return [...this.queues.keys()];
  }

  /** Those that the code declares, and those of tasks that have no other. */
  get used(): string[] {
    return this.names.filter((name) => this.insteadOf(name) === undefined);
  }

  /** The queue of a task that has another than the one of its own, by the name of that. */
  insteadOf(name: string): string | undefined {
    return this.instead.get(name);
  }

  has(name: string): boolean {
    return this.queues.has(name);
  }

  /** Those of the code; a queue that it does not have has none. */
  limitsOf(name: string): QueueLimits {
    return this.queues.get(name) ?? UNLIMITED;
  }

  /** How a run is placed in the queue. Throws a `RunletApiError` (400) for a queue that is not here. */
  place(name: string): Pick<RunOptions, "queue" | "isLimited"> {
    const limits = this.queues.get(name);
    if (limits === undefined) throw new RunletApiError(400, "unknown_queue", this.unknown(name));
    return { queue: name, ...(isLimited(limits) ? { isLimited: true } : {}) };
  }

  /** What to say of a queue that is not here. */
  unknown(name: string): string {
    const near = nearMatches(name, this.names);
    const hint = near.length === 0 ? "" : ` Did you mean ${near.map((match) => `"${match}"`).join(" or ")}?`;
    return (
      `There is no queue "${name}" in this deployment.${hint} ` +
      "A queue is declared by queue(), on a task or in createWorker({ queues })."
    );
  }

  private add({ name, limits }: QueueDefinition): void {
    const known = this.queues.get(name);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(limits)) {
      throw new RunletError(
        `The queue "${name}" is declared twice with different limits: declare it once, by queue().`,
      );
    }
    this.queues.set(name, limits);
  }
}
