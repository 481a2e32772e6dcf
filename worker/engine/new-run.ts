import type { RunOptions, StoredOptions } from "../../sdk/lib/journal.ts";
import type { KeyHold } from "../core/key-hold.ts";
import { delayUntil } from "../../sdk/lib/delay.ts";
import { beginning } from "../core/run-machine.ts";
import { NO_WISH } from "../core/wish.ts";
import { HELD, HELD_BACK, type Run, type RunSchedule, type TriggerFunction, type Waiter } from "../core/run.ts";

/** What is known of a run before it is made. */
export interface RunPlan {
  readonly n: string;
  readonly task: string;
  readonly options: RunOptions;
  readonly trigger: TriggerFunction;
  readonly key?: string;
  readonly digest?: string;
  readonly madeIn?: number;
  readonly waiter?: Waiter;
  readonly origin?: Origin;
  /** With the options' idempotency key: the request that asks for it. */
  readonly request?: string;
  readonly schedule?: RunSchedule;
  readonly replayedFrom?: string;
  readonly recalls?: true;
}

/** A parent in another group, and how deep below the root its children are. */
export interface Origin {
  readonly parentId: string;
  readonly rootId: string;
  readonly depth: number;
}

type Fields = Omit<Run, "state">;

/** A new run: ready, or at its delay. */
export function newRun(plan: RunPlan, now: number): Run {
  const run = fieldsOf(plan, now);
  return { ...run, ...beginning(run, now) };
}

/** A new item of a batch that is not sealed yet. One with a clock or queue of its own is told of the seal; others are just claimed. */
export function newItem(plan: RunPlan, now: number): Run {
  const run = fieldsOf(plan, now);
  const isTold = run.delayedUntil !== undefined || run.ttl !== undefined || run.wish !== undefined;
  const due = isTold ? HELD_BACK : HELD;
  return { ...run, state: { at: "queued", fresh: true, alone: false, sends: 0, due } };
}

const KEY_TTL = "30d";

/** How a run or batch that is made now by `request` holds its key. */
export function holdOf(
  { idempotencyKey, idempotencyKeyTTL = KEY_TTL }: Pick<StoredOptions, "idempotencyKey" | "idempotencyKeyTTL">,
  request: string | undefined,
  now: number,
): { readonly hold?: KeyHold } {
  if (idempotencyKey === undefined || request === undefined) return {};
  return { hold: { key: idempotencyKey, request, until: delayUntil(idempotencyKeyTTL, now) } };
}

/** What a later trigger may set anew of a run that it pushes. */
export function optionFields({ tags, maxAttempts, maxDuration, machine, metadata }: RunOptions) {
  return {
    tags,
    maxAttempts,
    ...(maxDuration === undefined ? {} : { maxDuration }),
    ...(machine === undefined ? {} : { machine }),
    ...(metadata === undefined ? {} : { hasMetadata: true as const }),
  };
}

function fieldsOf({ options, origin, request, ...plan }: RunPlan, now: number): Fields {
  const { delay, ttl, priority, region, lockToVersion, test, queue, concurrencyKey, isLimited } = options;
  return {
    ...plan,
    ...optionFields(options),
    ...(delay === undefined ? {} : { delay, delayedUntil: delayUntil(delay, now) }),
    ...(ttl === undefined || ttl === 0 ? {} : { ttl }),
    ...(priority === undefined ? {} : { priority }),
    ...(queue === undefined ? {} : { queue }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
    ...(isLimited === true ? { wish: NO_WISH } : {}),
    ...(region === undefined ? {} : { region }),
    ...(lockToVersion === undefined ? {} : { version: lockToVersion }),
    ...(test === true ? { isTest: true } : {}),
    ...holdOf(options, request, now),
    ...(origin === undefined ? {} : { parentId: origin.parentId, rootId: origin.rootId, outerDepth: origin.depth }),
    createdAt: now,
    updatedAt: now,
    attempt: 0,
    attemptStartedAt: 0,
    epoch: 0,
    logged: 0,
  };
}
