import type { Env } from "../env.ts";
import { insist } from "./insist.ts";
import type { QueueApi } from "./queue-api.ts";

/** Calls the object of a queue with limits, as `insist` does. */
export function callQueue<T>(env: Env, queue: string, call: (queue: QueueApi) => Promise<T>): Promise<T> {
  return insist("The queue", () => call(env.QUEUE_KEEPER.getByName(queue)));
}
