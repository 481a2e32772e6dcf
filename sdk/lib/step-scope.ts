import { CallKeys } from "./call-keys.ts";
import type { ReplayCall } from "./door.ts";
import { OutsideTaskError } from "./errors.ts";
import type { StoredOptions, UnplacedItem } from "./journal.ts";
import type { Detachable, StartedBatch } from "./pass-door.ts";
import type { Notes } from "./notes.ts";
import type { Packet } from "./packet.ts";
import type { PassContext, Started, TaskContext } from "./pass-context.ts";
import type { Stands } from "./stands.ts";

/** What a step's scope needs of its pass: triggers under keys that the scope chooses. */
interface KeyedTriggers extends Pick<PassContext, "ctx" | "signal" | "locals" | "notes" | "stands"> {
  log(line: Parameters<PassContext["log"]>[0], inStep: true): void;
  triggerAs(key: string, task: string, payload: Packet, options: StoredOptions): Promise<Started>;
  triggerBatchAs(key: string, items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch>;
  replayAs(key: string, call: ReplayCall): Promise<{ id: string }>;
}

/**
 * The inside of a step. A replay does not enter it, so its calls have keys of their own; and it cannot wait, since it
 * would have to be finished before the pass can suspend.
 */
export class StepScope implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly locals: Map<string, unknown>;
  readonly notes: Notes;
  readonly stands: Stands;
  private readonly pass: KeyedTriggers;
  private readonly key: string;
  private readonly keys = new CallKeys();

  constructor(pass: KeyedTriggers, key: string) {
    this.ctx = pass.ctx;
    this.signal = pass.signal;
    this.locals = pass.locals;
    this.notes = pass.notes.inStep(key);
    this.stands = pass.stands;
    this.pass = pass;
    this.key = key;
  }

  refusalOfWait(what: string): OutsideTaskError {
    return this.refusal(`wait for ${what}`);
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

  step(name: string): Promise<never> {
    return Promise.reject(this.refusal(`run the step "${name}"`));
  }

  trigger(task: string, payload: Packet, options: StoredOptions): Promise<Started> {
    return this.pass.triggerAs(this.nextKey("trigger", task), task, payload, options);
  }

  triggerBatch(items: readonly UnplacedItem[], how: Detachable): Promise<StartedBatch> {
    return this.pass.triggerBatchAs(this.nextKey("batchTrigger", ""), items, how);
  }

  replay(call: ReplayCall): Promise<{ id: string }> {
    return this.pass.replayAs(this.nextKey("replay", call.id), call);
  }

  log(line: Parameters<PassContext["log"]>[0]): void {
    this.pass.log(line, true);
  }

  private nextKey(kind: string, name: string): string {
    return this.keys.next(kind, `${this.key}/${name}`);
  }

  private refusal(what: string): OutsideTaskError {
    return new OutsideTaskError(
      `${this.key} tried to ${what}. A step's function runs once and is not replayed, so nothing can suspend in it: ` +
        "do this in the task itself, outside step.run().",
    );
  }
}
