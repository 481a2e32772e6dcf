import type { Run } from "./run.ts";

/** The debounce key that a run was triggered with, when first, and by which requests last. */
export interface Debounced {
  readonly key: string;
  readonly firstAt: number;
  readonly requests: readonly string[];
}

/** Requests that are remembered, so that one that is sent again does not push, or make a run, once more. */
const REMEMBERED = 8;

export function withRequest(requests: readonly string[], request: string): readonly string[] {
  return [...requests, request].slice(-REMEMBERED);
}

/**
 * When a run starts that another trigger pushes at `now`; undefined when it is not pushed any more: it has started, or would be
 * pushed beyond `maxDelayMs` from its first trigger. Then that trigger makes a run of its own.
 */
export function pushedUntil(
  run: Run,
  { delayMs, maxDelayMs }: { readonly delayMs: number; readonly maxDelayMs?: number },
  now: number,
): number | undefined {
  if (run.state.at !== "delayed" || run.debounce === undefined) return undefined;
  const until = now + delayMs;
  if (maxDelayMs !== undefined && until > run.debounce.firstAt + maxDelayMs) return undefined;
  return Math.max(until, run.state.due);
}
