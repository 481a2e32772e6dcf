import { taskQueueName } from "../../sdk/lib/queue.ts";
import type { QueueAddress } from "../../sdk/lib/queue-wire.ts";

const PREFIX = "queue_";
/** No name of a queue has one. */
const SLASH = "~";
const TASK = taskQueueName("");

/** The id of a queue: its name, in a form that paths of URLs take as it is. */
export function queueId(name: string): string {
  return PREFIX + name.replaceAll("/", SLASH);
}

/** The name of the queue that is meant. What no queue can be called stays what it is, and is no queue's name. */
export function queueNameAt({ type, name }: QueueAddress): string {
  if (type === "task") return taskQueueName(name);
  if (type === "custom" || !name.startsWith(PREFIX)) return type === "custom" ? name : "";
  return name.slice(PREFIX.length).replaceAll(SLASH, "/");
}

/** How a queue is addressed in this way; undefined for one that is not. */
export function queueAddressOf(name: string, type: QueueAddress["type"]): string | undefined {
  if (type === "id") return queueId(name);
  if (type === "custom") return name;
  return isTaskQueue(name) ? name.slice(TASK.length) : undefined;
}

/** Whether a task has this queue by itself. */
export function isTaskQueue(name: string): boolean {
  return name.startsWith(TASK);
}
