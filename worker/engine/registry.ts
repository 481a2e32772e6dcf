import { DEFINITION, type Defined, type TaskDefinition } from "../../sdk/lib/definition.ts";
import { RunletApiError, RunletError } from "../../sdk/lib/errors.ts";
import type { RunOptions, StoredOptions } from "../../sdk/lib/journal.ts";
import { nearMatches } from "./near-matches.ts";

/** The tasks of this deployment, by id. */
export class Registry {
  private readonly tasks = new Map<string, TaskDefinition>();

  /** Throws a `RunletError` that names both places when two tasks have one id. */
  constructor(tasks: readonly Defined[]) {
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
  }

  get(id: string): TaskDefinition | undefined {
    return this.tasks.get(id);
  }

  get ids(): string[] {
    return [...this.tasks.keys()];
  }

  /** The options with the defaults of the task. Throws `RunletApiError` 404 (`task_not_found`) for an unknown task. */
  resolve(id: string, options: StoredOptions): RunOptions {
    const definition = this.tasks.get(id);
    if (definition === undefined) throw new RunletApiError(404, "task_not_found", this.unknown(id));
    const { ttl, maxDuration, retry } = definition;
    return {
      tags: [],
      maxAttempts: retry.maxAttempts,
      ...(ttl === undefined ? {} : { ttl }),
      ...(maxDuration === undefined ? {} : { maxDuration }),
      ...options,
    };
  }

  /** What to say of a task id that is not here. */
  unknown(id: string): string {
    const near = nearMatches(id, this.ids);
    const hint = near.length === 0 ? "" : ` Did you mean ${near.map((match) => `"${match}"`).join(" or ")}?`;
    return `There is no task "${id}" in this deployment.${hint}`;
  }
}
