import { readDebounce } from "./debounce.ts";
import { DELAY_FORM, readDelay } from "./delay.ts";
import { parseDuration } from "./duration.ts";
import { RunletApiError } from "./errors.ts";
import type { StoredOptions } from "./journal.ts";
import { encodeMetadata } from "./metadata-text.ts";
import type { Queue } from "./queue.ts";
import { LIMITS } from "./wire.ts";

/** Options of one trigger. */
export interface TriggerOptions {
  /** Labels to find the run by: one, or up to 10, of 1-128 characters each. */
  readonly tags?: string | readonly string[] | undefined;
  /** Attempts in total, 1-250, instead of the task's own `retry.maxAttempts`. */
  readonly maxAttempts?: number | undefined;
  /**
   * When the run may start: a duration from now ("30s", "10m", "1h30m", "2d", "1w", up to 100 years), an ISO 8601 date or a
   * `Date`. Until then it is DELAYED and costs nothing. A moment that has passed means now. Default: now.
   */
  readonly delay?: string | Date | undefined;
  /**
   * How long the run may wait for its start, in seconds or as a duration; after that it is EXPIRED and never starts. The
   * clock starts when the run could start: after its delay, once its batch is complete. 0: no limit. Default: the task's.
   */
  readonly ttl?: string | number | undefined;
  /** Seconds of active time that an attempt may take, 5 or more, waits not counted. Then it is TIMED_OUT. Default: the task's. */
  readonly maxDuration?: number | undefined;
  /** Seconds by which the run goes ahead of others in a queue with a limit. May be negative. Default 0. */
  readonly priority?: number | undefined;
  /**
   * The queue to run in, by its name or as `queue()` gave it, instead of the task's. It must be one that the deployment
   * declares; "task/<id>" is that of a task.
   */
  readonly queue?: string | Queue | undefined;
  /**
   * 1-256 characters, or a number: limits per key count the runs with this key. Without limits it has no effect. Default:
   * none; runs without a key count as those of one.
   */
  readonly concurrencyKey?: string | number | undefined;
  /**
   * Triggers of a task with one key make one run: later ones get its handle, with `isCached: true`, and waits wait for it. A
   * text, or several, count within the run that is executing; make others with `idempotencyKeys.create`. A run that failed
   * (FAILED, CRASHED, SYSTEM_FAILURE, TIMED_OUT, EXPIRED) frees its key.
   */
  readonly idempotencyKey?: string | readonly string[] | undefined;
  /** How long the key is held, as a duration. Default 30 days. */
  readonly idempotencyKeyTTL?: string | undefined;
  /**
   * Triggers of a task with one key that follow each other make one run, which each of them pushes: it starts `delay` after the
   * last. Not together with `delay` or `idempotencyKey`.
   */
  readonly debounce?: Debounce | undefined;
  /**
   * Inside a task: the run goes on when the one that triggers it is cancelled. Elsewhere it has no effect: such a run belongs to
   * nobody. Not for what is waited for; for a batch it is an option of the whole. Default false.
   */
  readonly detached?: boolean | undefined;
  /** A JSON object that the run carries, which it and others can change: 256 KiB of encoded text at most. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Kept with the run and shown, without effect: there is one kind of machine. */
  readonly machine?: string | undefined;
  /** Kept with the run and shown, without effect. */
  readonly region?: string | undefined;
  /** Kept with the run and shown, without effect: a run is executed by the code that is deployed. */
  readonly version?: string | undefined;
}

/** How triggers that follow each other become one run. */
export interface Debounce {
  /** 1-512 characters. It counts within its task. */
  readonly key: string;
  /** How long after the last trigger the run starts: a duration of a second or more. */
  readonly delay: string;
  /**
   * Whose payload counts: that of the first trigger (`leading`, the default), or of the last one (`trailing`), with its tags,
   * maxAttempts, maxDuration and machine.
   */
  readonly mode?: "leading" | "trailing" | undefined;
  /** The run starts this long after its first trigger at the latest; a later trigger makes another. Longer than `delay`. Default: never. */
  readonly maxDelay?: string | undefined;
}

/** Options of a whole batch. Each item has its own `options` beside. */
export interface BatchTriggerOptions {
  /**
   * Batches with one key are one batch: later ones get the handle of the first, and their items are not sent. Items without a
   * key of their own get one from this and their index, so that those of a batch that was given up are not done again.
   */
  readonly idempotencyKey?: string | readonly string[] | undefined;
  /** How long the key is held, as a duration. Default 30 days. */
  readonly idempotencyKeyTTL?: string | undefined;
  /** Inside a task, for a batch that is not waited for: it goes on when the run that triggers it is cancelled. Default false. */
  readonly detached?: boolean | undefined;
}

const NONE: StoredOptions = Object.freeze({});

type Writable = { -readonly [K in keyof StoredOptions]: StoredOptions[K] };
type Reader = (stored: Writable, value: unknown) => void;

const READERS: Readonly<Record<string, Reader>> = {
  tags: (stored, value) => (stored.tags = readTags(value)),
  maxAttempts: (stored, value) => (stored.maxAttempts = readMaxAttempts(value)),
  delay: (stored, value) => (stored.delay = readDelayOption(value)),
  ttl: (stored, value) => (stored.ttl = readTtl(value)),
  maxDuration: (stored, value) => (stored.maxDuration = readMaxDuration(value)),
  priority: (stored, value) => (stored.priority = readPriority(value)),
  idempotencyKey: (stored, value) => (stored.idempotencyKey = readHashed(value)),
  idempotencyKeyTTL: (stored, value) => (stored.idempotencyKeyTTL = readKeyTtl(value)),
  debounce: (stored, value) => (stored.debounce = readDebounce(value)),
  // For people, who do not read hashes: there is no page that shows it yet.
  idempotencyKeyOptions: () => undefined,
  metadata: (stored, value) => (stored.metadata = readMetadata(value)),
  queue: (stored, value) => (stored.queue = readQueue(value)),
  concurrencyKey: (stored, value) => (stored.concurrencyKey = readConcurrencyKey(value)),
  machine: (stored, value) => (stored.machine = readName("machine", value)),
  region: (stored, value) => (stored.region = readName("region", value)),
  version: (stored, value) => (stored.lockToVersion = readName("version", value)),
  lockToVersion: (stored, value) => (stored.lockToVersion = readName("lockToVersion", value)),
  test: (stored, value) => (stored.test = readFlag("test", value)),
  detached: (stored, value) => {
    if (readFlag("detached", value)) stored.detached = true;
  },
};

const HIDDEN = new Set(["lockToVersion", "test", "idempotencyKeyOptions"]);
const NAMES = Object.keys(READERS).filter((name) => !HIDDEN.has(name));

/** Limits apart from queues, of which a run may hold several. */
const NAMED_LIMITS = new Set(["concurrency", "gates"]);

const NOT_BUILT = new Set(
  (
    "externalDeploymentId clientConfig publicAccessToken retry parentRunId resumeParentOnCompletion " +
    "bulkActionId parentBatch parentAttempt dependentAttempt dependentBatch"
  ).split(" "),
);

/**
 * Checks the options of a trigger and gives the form that is stored. An option that is `undefined` counts as not given.
 * Throws a `RunletApiError` (400) that names the first option that is unknown, not supported yet, or out of range.
 */
export function readTriggerOptions(options: unknown): StoredOptions {
  if (options === undefined || options === null) return NONE;
  if (typeof options !== "object") throw invalid(`Trigger options must be an object, not ${typeof options}.`);
  let stored: Writable | undefined;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    if (read === undefined) throw refusedOption(name);
    stored ??= {};
    read(stored, value);
  }
  if (stored?.debounce !== undefined) {
    const other = (["delay", "idempotencyKey"] as const).find((name) => stored[name] !== undefined);
    if (other !== undefined) throw invalid(`Option "debounce" cannot be given together with ${other}.`);
  }
  return stored ?? NONE;
}

/** Throws a `RunletApiError` (400) for options that detach what cannot be; `why` says so. */
export function refuseDetached({ detached }: StoredOptions, why: string): void {
  if (detached === true) throw invalid(`Option "detached" cannot be given here: ${why}.`);
}

/** The key of a whole batch. */
export type BatchKey = Pick<StoredOptions, "idempotencyKey" | "idempotencyKeyTTL">;

/** Checks the options of a batch. Throws a `RunletApiError` (400) that names the first that a batch as a whole does not take. */
export function readBatchOptions(options: unknown): BatchKey {
  if (typeof options !== "object" || options === null) return NONE;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || BATCH_NAMES.has(name)) continue;
    if (NOT_BUILT.has(name) || NAMED_LIMITS.has(name)) throw refusedOption(name);
    throw new RunletApiError(400, "unknown_option", `Option "${name}" is unknown: a batch takes an idempotencyKey.`);
  }
  return readTriggerOptions(options);
}

const BATCH_NAMES = new Set(["idempotencyKey", "idempotencyKeyTTL", "idempotencyKeyOptions"]);

/** What to say of an option that is not taken. */
function refusedOption(name: string): RunletApiError {
  if (NAMED_LIMITS.has(name)) {
    const message =
      `Option "${name}" is not supported: there are no named limits. Give the trigger a \`queue\` that has the limit, and a ` +
      "`concurrencyKey` where the limit is one for each key.";
    return new RunletApiError(400, "unsupported_option", message);
  }
  if (NOT_BUILT.has(name)) {
    return new RunletApiError(400, "unsupported_option", `Option "${name}" is not supported yet.`);
  }
  const message = `Option "${name}" is unknown: the options are ${NAMES.join(", ")}.`;
  return new RunletApiError(400, "unknown_option", message);
}

/** Seconds of a time to live. Throws a `RunletApiError` (400) for what is none. */
export function readTtl(value: unknown): number {
  const seconds = typeof value === "string" ? (parseDuration(value) ?? Number.NaN) / 1000 : value;
  if (typeof seconds === "number" && seconds >= 0 && seconds <= LIMITS.ttlSeconds) return seconds;
  throw invalid(`Option "ttl" must be seconds, 0 or more, or a duration such as "10m" or "1h", up to a year.`);
}

/** Seconds of active time. Throws a `RunletApiError` (400) for what is none. */
export function readMaxDuration(value: unknown): number {
  if (typeof value === "number" && value >= LIMITS.minDurationSeconds && Number.isFinite(value)) return value;
  throw invalid(`Option "maxDuration" must be a number of seconds, ${LIMITS.minDurationSeconds} or more.`);
}

function readTags(value: unknown): readonly string[] {
  const tags: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (tags.length > LIMITS.tags) {
    throw invalid(`Option "tags" holds ${tags.length} tags; the limit is ${LIMITS.tags}.`);
  }
  return tags.map((tag) => {
    if (typeof tag !== "string" || tag.length === 0 || tag.length > LIMITS.tagLength) {
      throw invalid(`Option "tags" takes strings of 1-${LIMITS.tagLength} characters.`);
    }
    return tag;
  });
}

function readMaxAttempts(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > LIMITS.maxAttempts) {
    throw invalid(`Option "maxAttempts" must be a whole number from 1 to ${LIMITS.maxAttempts}.`);
  }
  return value;
}

function readDelayOption(value: unknown): string {
  const delay = readDelay(value);
  if (delay !== undefined) return delay;
  throw invalid(`Option "delay" must be ${DELAY_FORM}, or a Date.`);
}

function readHashed(value: unknown): string {
  if (typeof value === "string" && value.length > 0 && value.length <= LIMITS.idempotencyKeyLength) return value;
  throw invalid(`Option "idempotencyKey" must be a string of 1-${LIMITS.idempotencyKeyLength} characters.`);
}

function readKeyTtl(value: unknown): string {
  if (typeof value === "string" && (parseDuration(value) ?? 0) > 0) return value;
  throw invalid('Option "idempotencyKeyTTL" must be a duration such as "60s", "1h" or "30d".');
}

function readPriority(value: unknown): number {
  if (typeof value === "number" && Math.abs(value) <= LIMITS.prioritySeconds) return value;
  throw invalid(`Option "priority" must be a number of seconds, at most ${LIMITS.prioritySeconds} either way.`);
}

/** Its name, alone or in an object, as other clients write it. */
function readQueue(value: unknown): string {
  const name = typeof value === "object" && value !== null ? (value as { readonly name?: unknown }).name : value;
  if (typeof name === "string" && name.length > 0 && name.length <= LIMITS.nameLength) return name;
  throw invalid(
    `Option "queue" must be the name of a queue, a string of 1-${LIMITS.nameLength} characters, or a queue().`,
  );
}

function readConcurrencyKey(value: unknown): string {
  const key = typeof value === "number" && Number.isFinite(value) ? String(value) : value;
  if (typeof key === "string" && key.length > 0 && key.length <= LIMITS.concurrencyKeyLength) return key;
  throw invalid(
    `Option "concurrencyKey" must be a string of 1-${LIMITS.concurrencyKeyLength} characters, or a number.`,
  );
}

function readMetadata(value: unknown): string {
  const what = 'Option "metadata"';
  try {
    return encodeMetadata(typeof value === "string" ? JSON.parse(value) : value, what);
  } catch (error) {
    if (!(error instanceof RunletApiError)) throw invalid(`${what} must be a JSON object, or the text of one.`);
    throw error.status === 413 ? error : invalid(error.message);
  }
}

function readName(option: string, value: unknown): string {
  if (typeof value === "string" && value.length > 0 && value.length <= LIMITS.nameLength) return value;
  throw invalid(`Option "${option}" must be a string of 1-${LIMITS.nameLength} characters.`);
}

function readFlag(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(`Option "${option}" must be true or false.`);
}

function invalid(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_option", message);
}
