import type { PlannedTarget } from "./deliver.ts";
import type { Subscriber } from "./endpoint-registry.ts";
import type { Registry } from "./registry.ts";

const MOST_MESSAGE_CHARACTERS = 1_000;

/** What a delivery is to do for each subscriber. Whatever one of them throws is its own affair. */
export function planTargets(
  registry: Registry,
  subscribers: readonly Subscriber[],
  event: unknown,
  headers: Readonly<Record<string, string>>,
): PlannedTarget[] {
  return subscribers.map(({ task, filter }) => planTarget(registry, task, () => passes(filter, event, headers)));
}

/** What a delivery is to do for one subscriber, past its filter. */
export function planPastFilter(registry: Registry, task: string): PlannedTarget {
  return planTarget(registry, task, () => true);
}

function planTarget(registry: Registry, task: string, isWanted: () => boolean): PlannedTarget {
  try {
    if (!isWanted()) return { task, status: "filtered" };
    return { task, status: "planned", options: registry.resolve(task, {}) };
  } catch (error) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { task, status: "failed", error: message.slice(0, MOST_MESSAGE_CHARACTERS) };
  }
}

function passes(filter: Subscriber["filter"], event: unknown, headers: Readonly<Record<string, string>>): boolean {
  if (filter === undefined) return true;
  const said = filter({ event, headers: new Headers(headers) });
  // A promise would count as true, whatever it comes to.
  if (typeof said === "boolean") return said;
  throw new TypeError(`The filter must give true or false at once; it gave ${describe(said)}.`);
}

function describe(value: unknown): string {
  return value instanceof Promise ? "a promise" : value === null ? "null" : typeof value;
}
