import { CallKeys } from "./call-keys.ts";
import { replayed, type Deed, type Deeds } from "./deeds.ts";
import type { ReplayCall } from "./door.ts";
import { OutsideTaskError } from "./errors.ts";
import type { Outcome, StoredOptions, UnplacedItem } from "./journal.ts";
import type { Detachable, StartedBatch } from "./pass-door.ts";
import type { LogBook } from "./log-book.ts";
import { never } from "./never.ts";
import type { NoteBook } from "./note-book.ts";
import type { Notes } from "./notes.ts";
import type { Packet } from "./packet.ts";
import { runInside, type PassContext, type Started, type TaskContext } from "./pass-context.ts";
import type { Stands } from "./stands.ts";
import { outcomeOf } from "./step-outcome.ts";
import { StepScope } from "./step-scope.ts";

/** What a hook's scope needs of its pass, which may have ended. */
interface HookedPass extends Pick<PassContext, "ctx" | "signal" | "locals" | "stands"> {
  readonly deeds: Deeds;
  readonly logs: LogBook;
  readonly noteBook: NoteBook;
  during<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * The inside of a hook. What it does once goes under keys of its own, beside those of the task, and is given at once
 * where the journal has it; so it disturbs neither the keys of a replay nor the order of its results. It cannot wait.
 */
export class HookScope implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly locals: Map<string, unknown>;
  readonly notes: Notes;
  readonly stands: Stands;
  private readonly pass: HookedPass;
  private readonly hook: string;
  private readonly isReplayed: boolean;
  private readonly keys = new CallKeys();

  /** `hook` names the hook and what it announces. `isReplayed`: it runs in each pass, so its log lines and notes repeat. */
  constructor(pass: HookedPass, hook: string, isReplayed: boolean) {
    this.ctx = pass.ctx;
    this.signal = pass.signal;
    this.locals = pass.locals;
    this.stands = pass.stands;
    this.notes = pass.noteBook.ofHook(isReplayed);
    this.pass = pass;
    this.hook = hook;
    this.isReplayed = isReplayed;
  }

  refusalOfWait(what: string): OutsideTaskError {
    return refusalInHook(this.hook, what);
  }

  waitForRun(task: string): PromiseLike<never> {
    return Promise.reject(this.refusalOfWait(`a run of "${task}"`));
  }

  waitForBatch(): PromiseLike<never> {
    return Promise.reject(this.refusalOfWait("a batch"));
  }

  waitForToken(): PromiseLike<never> {
    return Promise.reject(this.refusalOfWait("a token"));
  }

  waitForTime(): PromiseLike<never> {
    return Promise.reject(this.refusalOfWait("a time"));
  }

  async step(name: string, fn: (key: string) => unknown): Promise<Outcome> {
    const key = this.nextKey("step", name);
    const scope = new StepScope(this, key);
    return this.perform(
      this.pass.deeds.step(key, name, (madeAs) => outcomeOf(() => runInside(scope, () => fn(madeAs)))),
    );
  }

  trigger(task: string, payload: Packet, options: StoredOptions): Promise<Started> {
    return this.triggerAs(this.nextKey("trigger", task), task, payload, options);
  }

  triggerBatch(items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch> {
    return this.triggerBatchAs(this.nextKey("batchTrigger", ""), items, how);
  }

  async triggerAs(key: string, task: string, payload: Packet, options: StoredOptions): Promise<Started> {
    return this.perform(this.pass.deeds.trigger(key, task, payload, options));
  }

  async triggerBatchAs(key: string, items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch> {
    return this.perform(this.pass.deeds.triggerBatch(key, items, how));
  }

  replay(call: ReplayCall): Promise<{ id: string }> {
    return this.replayAs(this.nextKey("replay", call.id), call);
  }

  async replayAs(key: string, call: ReplayCall): Promise<{ id: string }> {
    return replayed(await this.perform(this.pass.deeds.replay(key, call)));
  }

  log(line: Parameters<PassContext["log"]>[0], inStep = false): void {
    this.pass.logs.add(line, inStep || !this.isReplayed);
  }

  private async perform<T>(deed: Deed<T>): Promise<T> {
    if ("known" in deed) return deed.value;
    const kept = await this.pass.during(deed.work);
    // The run is another's by now, or final: nobody is to act on what was not kept.
    return kept === false ? never() : kept.value;
  }

  private nextKey(kind: string, name: string): string {
    return this.keys.next(`hook:${this.hook}/${kind}`, name);
  }
}

/** What code is told that waits inside a hook. */
export function refusalInHook(hook: string, what: string): OutsideTaskError {
  return new OutsideTaskError(
    `The hook ${hook} tried to wait for ${what}. A hook runs once and is not replayed, so nothing can suspend in it: ` +
      "wait in the task's run function, or trigger() without waiting.",
  );
}
