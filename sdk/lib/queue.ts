import { refuseUnknownKeys } from "./refuse-unknown-keys.ts";
import { parseDuration } from "./duration.ts";
import { RunletError } from "./errors.ts";
import type { Bounds, QueueLimits, Rate } from "./queue-limits.ts";
import { LIMITS } from "./wire.ts";

/** At most `limit` in any stretch of time as long as `period`. */
export interface RateLimit {
  /** 1-100,000. */
  readonly limit: number;
  /** A duration such as "10s", "1m" or "1h", from a second to 30 days. */
  readonly period: string;
}

/** A limit for the runs of each `concurrencyKey` (those without one count as one key), and for all together. */
export interface Concurrency {
  readonly perKey?: number;
  readonly total?: number;
}

/** What runs of a queue have to wait for. Whatever is not given is not limited. */
export interface QueueBounds {
  /** How many execute at once, for each `concurrencyKey`; short for `concurrency: { perKey }`. 1-100,000. */
  readonly concurrencyLimit?: number;
  /** How many execute at once. A run that waits does not execute: it gives its slot back until it goes on. 1-100,000 each. */
  readonly concurrency?: Concurrency;
  /** How many have started and are not over, those that wait counted: between their first start and their end. 1-100,000 each. */
  readonly inFlight?: Concurrency;
  /** How many attempts begin, in the whole queue. What is above it waits; nothing is dropped. */
  readonly rateLimit?: RateLimit;
  /** As `rateLimit`, for each `concurrencyKey`. */
  readonly rateLimitPerKey?: RateLimit;
}

/** What `queue()` takes. */
export interface QueueOptions extends QueueBounds {
  /** 1-128 of the characters A-Z a-z 0-9 _ . / : - */
  readonly name: string;
}

/** The key under which a queue object carries its definition. */
export const QUEUE = Symbol.for("runlet.queue");

/** What the platform needs of a queue. */
export interface QueueDefinition {
  readonly name: string;
  readonly limits: QueueLimits;
}

/** A queue, as `queue()` gives it. */
export interface Queue {
  readonly name: string;
  readonly [QUEUE]: QueueDefinition;
}

/** The name of the queue that a task has by itself. */
export function taskQueueName(task: string): string {
  return `task/${task}`;
}

/**
 * Defines a queue with limits, for the `queue` of one or several tasks, or for the `queue` option of a trigger (then give
 * it to `createWorker({ queues })`). In it, runs start in the order of their time of triggering less their priority; keys
 * take turns. The limits are those of the code that is deployed.
 *
 * Throws a `RunletError` for a bad name, a limit out of range, and any option that is unknown.
 */
export function queue(options: QueueOptions): Queue {
  if (typeof options !== "object" || options === null) throw new RunletError("queue() takes an object with a name.");
  const { name, ...bounds } = options;
  const definition = { name: readQueueName(name), limits: readBounds(bounds, `queue "${name}"`) };
  return { name, [QUEUE]: definition };
}

/** What the `queue` of a task may be. */
export type TaskQueue = Queue | (QueueBounds & { readonly name?: string });

/** The queue of a task, which has one of its own unless it names another. Throws a `RunletError` as `queue()` does. */
export function readTaskQueue(given: TaskQueue, taskId: string): QueueDefinition {
  if (typeof given !== "object" || given === null) {
    throw new RunletError(`queue of task "${taskId}" must be a queue() or an object with limits.`);
  }
  if (QUEUE in given) return given[QUEUE];
  const { name, ...bounds } = given;
  if (name === undefined)
    return { name: taskQueueName(taskId), limits: readBounds(bounds, `queue of task "${taskId}"`) };
  return { name: readQueueName(name), limits: readBounds(bounds, `queue "${name}"`) };
}

/** Whether anything has to wait in a queue with these limits. */
export function isLimited({ executing, inFlight, starts }: QueueLimits): boolean {
  return [executing, inFlight, starts].some(({ perKey, total }) => perKey !== undefined || total !== undefined);
}

const BOUNDS = ["concurrencyLimit", "concurrency", "inFlight", "rateLimit", "rateLimitPerKey"] as const;
const QUEUE_NAME = /^[A-Za-z0-9_./:-]+$/;
const MIN_PERIOD_MS = 1_000;
const MAX_PERIOD_MS = 30 * 86_400_000;

/** Whether a queue can be called so. */
export function isQueueName(name: string): boolean {
  return name.length <= LIMITS.nameLength && QUEUE_NAME.test(name);
}

function readQueueName(name: unknown): string {
  if (typeof name !== "string" || name.length === 0) throw new RunletError("A queue needs a name.");
  if (name.length > LIMITS.nameLength) {
    const shown = `${name.slice(0, 40)}…`;
    throw new RunletError(
      `The queue name "${shown}" has ${name.length} characters; the limit is ${LIMITS.nameLength}.`,
    );
  }
  if (!QUEUE_NAME.test(name)) {
    throw new RunletError(`The queue name "${name}" may hold only the characters A-Z a-z 0-9 _ . / : -`);
  }
  return name;
}

function readBounds(bounds: QueueBounds, owner: string): QueueLimits {
  refuseUnknownKeys(bounds, owner, BOUNDS);
  const { concurrencyLimit, concurrency, inFlight, rateLimit, rateLimitPerKey } = bounds;
  if (concurrencyLimit !== undefined && concurrency?.perKey !== undefined) {
    throw new RunletError(`concurrencyLimit of ${owner} means concurrency.perKey: give one of them.`);
  }
  const short =
    concurrencyLimit === undefined ? {} : { perKey: readCount(concurrencyLimit, "concurrencyLimit", owner) };
  const total = rateLimit === undefined ? {} : { total: readRate(rateLimit, "rateLimit", owner) };
  const perKey = rateLimitPerKey === undefined ? {} : { perKey: readRate(rateLimitPerKey, "rateLimitPerKey", owner) };
  return {
    executing: { ...short, ...readCounts(concurrency, "concurrency", owner) },
    inFlight: readCounts(inFlight, "inFlight", owner),
    starts: { ...total, ...perKey },
  };
}

function readCounts(value: Concurrency | undefined, option: string, owner: string): Bounds<number> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) {
    throw new RunletError(`${option} of ${owner} must be an object with perKey, total or both.`);
  }
  refuseUnknownKeys(value, `${owner}, ${option},`, ["perKey", "total"]);
  const { perKey, total } = value;
  return {
    ...(perKey === undefined ? {} : { perKey: readCount(perKey, `${option}.perKey`, owner) }),
    ...(total === undefined ? {} : { total: readCount(total, `${option}.total`, owner) }),
  };
}

/** A number of runs. Throws a `RunletError` for one out of range. */
function readCount(value: unknown, option: string, owner: string): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= LIMITS.concurrency) return value;
  throw new RunletError(`${option} of ${owner} must be a whole number from 1 to ${LIMITS.concurrency}.`);
}

function readRate(value: RateLimit, option: string, owner: string): Rate {
  if (typeof value !== "object" || value === null) {
    throw new RunletError(`${option} of ${owner} must be an object with limit and period.`);
  }
  refuseUnknownKeys(value, `${owner}, ${option},`, ["limit", "period"]);
  const limit = readCount(value.limit, `${option}.limit`, owner);
  const periodMs = typeof value.period === "string" ? parseDuration(value.period) : undefined;
  if (periodMs === undefined || periodMs < MIN_PERIOD_MS || periodMs > MAX_PERIOD_MS) {
    throw new RunletError(`${option}.period of ${owner} must be a duration such as "10s" or "1m", from 1s to 30d.`);
  }
  return { limit, periodMs };
}
