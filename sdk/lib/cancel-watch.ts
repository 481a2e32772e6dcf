import { RunCanceledError } from "./errors.ts";
import type { HookCalls } from "./hook-calls.ts";

/** How long code may go on once its pass was told to stop: `onCancel`, and what cleans up after the signal. */
export const STOP_WITHIN_MS = 30_000;

/** Watches over a pass that is told to stop: calls the `onCancel` hooks when its run was cancelled, and bounds how long it goes on. */
export class CancelWatch {
  private readonly hooks: HookCalls;
  private readonly signal: AbortSignal;
  private readonly runPromise: Promise<unknown>;
  private calls: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Resolves when the code of a pass that was told to stop has had its time. */
  readonly overdue: Promise<undefined>;
  private giveUp: () => void = () => undefined;

  constructor(hooks: HookCalls, signal: AbortSignal, runPromise: Promise<unknown>) {
    this.hooks = hooks;
    this.signal = signal;
    this.runPromise = runPromise;
    this.overdue = new Promise((resolve) => {
      this.giveUp = () => resolve(undefined);
    });
    if (signal.aborted) this.limit();
    else signal.addEventListener("abort", this.begin, { once: true });
  }

  /** The pass is over: a cancellation that comes now finds nothing that executes. True when hooks were called. */
  async end(): Promise<boolean> {
    this.signal.removeEventListener("abort", this.begin);
    await Promise.race([this.calls, ...(this.calls === undefined ? [] : [this.overdue])]);
    clearTimeout(this.timer);
    return this.calls !== undefined;
  }

  private readonly begin = (): void => {
    this.limit();
    if (!(this.signal.reason instanceof RunCanceledError) || this.hooks.list("onCancel").length === 0) return;
    this.calls = this.hooks.tell("onCancel", { runPromise: this.runPromise });
  };

  private limit(): void {
    this.timer = setTimeout(this.giveUp, STOP_WITHIN_MS);
  }
}
