import type { QueueDoor } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { isLimited, isQueueName } from "../../sdk/lib/queue.ts";
import {
  QUEUE_PAGE_LIMITS,
  type ListQueuesQuery,
  type QueueAddress,
  type QueueObject,
  type QueuePage,
} from "../../sdk/lib/queue-wire.ts";
import { queueAddressOf, queueNameAt } from "./queue-address.ts";
import type { Env } from "../env.ts";
import { callQueue } from "./call-queue.ts";
import { describeQueue, NO_STATE } from "./describe-queue.ts";
import { nearMatches } from "./near-matches.ts";
import type { QueueApi, QueueState } from "./queue-api.ts";
import type { QueueRegistry } from "./queue-registry.ts";

/** Queues from within the Worker. */
export class Queues implements QueueDoor {
  private readonly env: Env;
  private readonly known: QueueRegistry;

  constructor(env: Env, known: QueueRegistry) {
    this.env = env;
    this.known = known;
  }

  /** A page of the queues of the code. Objects are asked of those with limits only: the others have none. */
  async list({ page = 1, perPage = QUEUE_PAGE_LIMITS.defaultPerPage }: ListQueuesQuery): Promise<QueuePage> {
    const names = this.known.used.sort();
    const shown = names.slice((page - 1) * perPage, page * perPage);
    const data = shown.map(async (name) => {
      const limits = this.known.limitsOf(name);
      const state = isLimited(limits) ? await callQueue(this.env, name, (stub) => stub.describe()) : NO_STATE;
      return describeQueue(name, limits, state);
    });
    const totalPages = Math.max(1, Math.ceil(names.length / perPage));
    return { data: await Promise.all(data), pagination: { currentPage: page, totalPages, count: names.length } };
  }

  retrieve(address: QueueAddress): Promise<QueueObject> {
    return this.ask(address, (stub) => stub.describe());
  }

  /** Throws a `RunletApiError`: 404 for a queue that is not here, 422 when one without limits is to be paused. */
  async pause(address: QueueAddress, isPaused: boolean): Promise<QueueObject> {
    if (isPaused) requireLimits(this.known, address, "paused");
    return this.ask(address, (stub) => stub.setPaused(isPaused));
  }

  /** Throws a `RunletApiError`: 404 for a queue that is not here, 422 when the limit is to be that of a queue without. */
  async limit(address: QueueAddress, concurrencyLimit: number | null): Promise<QueueObject> {
    if (concurrencyLimit !== null) requireLimits(this.known, address, "given another limit");
    return this.ask(address, (stub) => stub.setConcurrencyLimit(concurrencyLimit));
  }

  /**
   * Asks the object of a queue also when the code has taken its limits away, or all of it: runs may stand in line there still,
   * and it may be paused.
   */
  private async ask(address: QueueAddress, call: (stub: QueueApi) => Promise<QueueState>): Promise<QueueObject> {
    const name = queueNameAt(address);
    if (!this.known.has(name) && !(await isLeftOver(this.env, name))) throw notFound(this.known, address);
    return describeQueue(name, this.known.limitsOf(name), await callQueue(this.env, name, call));
  }
}

/** Whether a queue that the code does not have is not at rest yet. */
async function isLeftOver(env: Env, name: string): Promise<boolean> {
  if (!isQueueName(name)) return false;
  const { running, queued, isPaused, override } = await callQueue(env, name, (stub) => stub.describe());
  return running > 0 || queued > 0 || isPaused || override !== undefined;
}

function requireLimits(queues: QueueRegistry, address: QueueAddress, what: string): void {
  const name = queueNameAt(address);
  if (!queues.has(name)) throw notFound(queues, address);
  if (isLimited(queues.limitsOf(name))) return;
  const other = queues.insteadOf(name);
  throw new RunletApiError(
    422,
    "queue_not_limited",
    other === undefined
      ? `The queue "${name}" has no limits, so its runs wait for nothing and it cannot be ${what}. Give it one in the code ` +
          "and deploy that: one that is never reached will do, such as concurrencyLimit: 100_000."
      : `The queue "${name}" has no limits, so it cannot be ${what}. The runs of its task are in the queue "${other}".`,
  );
}

const SHOWN = 3;

function withoutPrefix(address: string): string {
  return address.replace(/^(queue_)?(task[~/])?/, "");
}

function notFound(queues: QueueRegistry, { type, name }: QueueAddress): RunletApiError {
  const known = queues.names.flatMap((one) => queueAddressOf(one, type) ?? []);
  // What all ids have in common makes none of them likely.
  const likely = nearMatches(withoutPrefix(name), new Set(known.map(withoutPrefix)));
  const near = likely.flatMap((match) => known.filter((one) => withoutPrefix(one) === match)).slice(0, SHOWN);
  const hint = near.length === 0 ? "" : ` Did you mean ${near.map((match) => `"${match}"`).join(" or ")}?`;
  const what = { id: `queue with the id "${name}"`, task: `queue of a task "${name}"`, custom: `queue "${name}"` }[
    type
  ];
  return new RunletApiError(404, "queue_not_found", `There is no ${what} in this deployment.${hint}`);
}
