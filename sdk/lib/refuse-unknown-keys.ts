import { RunletError } from "./errors.ts";

const KNOWN = new Set("machine jsonSchema bodyFilter".split(" "));

/** What to write instead of options that there are elsewhere. */
const INSTEAD = new Map([
  ...["onEvent", "endpoint", "filter"].map((name) => [name, "is for webhook() tasks"] as const),
  ["cron", "is for schedules.task()"],
  ["handleError", "is not supported: write catchError"],
  ["onStart", "is not supported: write onStartAttempt"],
  ...["init", "cleanup"].map(
    (name) => [name, "is not supported: write middleware, and locals for what it prepares"] as const,
  ),
  ["concurrency", "is not supported: limits are those of queues. Write `queue: { concurrency: { perKey, total } }`"],
]);

/** Throws a `RunletError` that names the first option that is not one of `supported`. */
export function refuseUnknownKeys(options: object, subject: string, supported: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || supported.includes(name)) continue;
    const instead = INSTEAD.get(name);
    if (instead !== undefined) throw new RunletError(`Option "${name}" of ${subject} ${instead}.`);
    if (KNOWN.has(name)) throw new RunletError(`Option "${name}" of ${subject} is not supported yet.`);
    throw new RunletError(`Option "${name}" of ${subject} is unknown: the options are ${supported.join(", ")}.`);
  }
}
