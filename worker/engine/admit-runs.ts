import type { Packet } from "../../sdk/lib/packet.ts";
import { HELD, type Run, type TriggerFunction, type Waiter } from "../core/run.ts";
import { resendDelay } from "../core/retry.ts";
import type { Turn } from "./turn.ts";

/** A run to be made at the root of a group. */
export interface Admission {
  readonly n: string;
  readonly task: string;
  readonly payload: Packet;
  readonly tags: readonly string[];
  readonly maxAttempts: number;
  readonly trigger: TriggerFunction;
  /** A parent in another group, which it may tell of its end. */
  readonly origin?: { readonly parentId: string; readonly rootId: string; readonly depth: number };
  readonly waiter?: Waiter;
  /** Made only to be canceled: its parent was, before it could start. */
  readonly canceled?: boolean;
}

/** Makes the run unless it is there already; says whether it was. A retried or repeated request finds the first one. */
export function admitRun(turn: Turn, admission: Admission): { readonly isCached: boolean } {
  const { n, canceled } = admission;
  if (turn.run(n) !== undefined) {
    if (canceled === true) {
      cancelRun(turn, n);
      // Whatever the run has come to, what it started goes on below it and belongs to what was canceled.
      turn.cancelBelow(n);
    }
    return { isCached: true };
  }
  turn.add({ kind: "run", record: newRun(turn, admission, false) }, admission.payload);
  if (canceled === true) cancelRun(turn, n);
  return { isCached: false };
}

/** Cancels a run and everything below it. False when there is no such run. */
export function cancelRun(turn: Turn, n: string): boolean {
  if (turn.run(n) === undefined) return false;
  if (turn.apply(n, { type: "canceled" })) turn.cancelBelow(n);
  turn.ready = turn.ready.filter((ready) => turn.run(ready.n)?.state.at === "queued");
  return true;
}

export interface RunPlan extends Omit<Admission, "canceled" | "payload"> {
  readonly key?: string;
  readonly digest?: string;
  readonly madeIn?: number;
}

/** A new run, ready to start; or held back until its batch is sealed. */
export function newRun(turn: Turn, plan: RunPlan, held: boolean): Run {
  const { n, task, tags, maxAttempts, trigger, origin, waiter, key, digest, madeIn } = plan;
  const { now } = turn;
  return {
    n,
    task,
    tags,
    maxAttempts,
    trigger,
    ...(key === undefined ? {} : { key }),
    ...(digest === undefined ? {} : { digest }),
    ...(madeIn === undefined ? {} : { madeIn }),
    ...(waiter === undefined ? {} : { waiter }),
    ...(origin === undefined ? {} : { parentId: origin.parentId, rootId: origin.rootId, outerDepth: origin.depth }),
    createdAt: now,
    updatedAt: now,
    attempt: 0,
    attemptStartedAt: 0,
    epoch: 0,
    logged: 0,
    state: { at: "queued", fresh: true, alone: false, sends: 0, due: held ? HELD : now + resendDelay(0) },
  };
}
