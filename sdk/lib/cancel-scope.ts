import type { Door, ReplayCall } from "./door.ts";
import type { OutsideTaskError } from "./errors.ts";
import { refusalInHook } from "./hook-scope.ts";
import type { NewBatchItem, Outcome, StoredOptions } from "./journal.ts";
import type { LogBook } from "./log-book.ts";
import type { NoteBook } from "./note-book.ts";
import type { Notes } from "./notes.ts";
import type { Packet } from "./packet.ts";
import type { PassContext, Started, TaskContext } from "./pass-context.ts";
import { newRequestKey } from "./request-key.ts";
import type { Stands } from "./stands.ts";
import { outcomeOf } from "./step-outcome.ts";

/** What the scope needs of its pass. */
interface CanceledPass extends Pick<PassContext, "ctx" | "signal" | "locals" | "stands"> {
  readonly logs: LogBook;
  readonly noteBook: NoteBook;
}

/**
 * The inside of `onCancel`. Its run is final, so nothing is remembered for it: a step is a plain call, and what is
 * triggered is triggered as from outside, or it would be cancelled with the run.
 */
export class CancelScope implements PassContext {
  readonly ctx: TaskContext;
  readonly signal: AbortSignal;
  readonly locals: Map<string, unknown>;
  readonly notes: Notes;
  readonly stands: Stands;
  private readonly logs: LogBook;
  private readonly hook: string;
  private readonly outer: Door;

  constructor(pass: CanceledPass, hook: string, outer: Door) {
    this.ctx = pass.ctx;
    this.signal = pass.signal;
    this.locals = pass.locals;
    this.stands = pass.stands;
    this.notes = pass.noteBook.ofHook(false);
    this.logs = pass.logs;
    this.hook = hook;
    this.outer = outer;
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

  step(_name: string, fn: (key: string) => unknown): Promise<Outcome> {
    return outcomeOf(() => fn(newRequestKey()));
  }

  trigger(task: string, payload: Packet, options: StoredOptions): Promise<Started> {
    return this.outer.trigger({ task, payload, options, requestKey: newRequestKey() });
  }

  triggerBatch(items: readonly Omit<NewBatchItem, "index">[]): Promise<{ id: string; runCount: number }> {
    const request = { runCount: items.length, requestKey: newRequestKey() };
    return this.outer.triggerBatch(
      request,
      items.map((item, index) => ({ ...item, index })),
    );
  }

  replay(call: ReplayCall): Promise<{ id: string }> {
    return this.outer.replayRun({ ...call, requestKey: newRequestKey() });
  }

  log(line: Parameters<PassContext["log"]>[0]): void {
    this.logs.add(line, true);
  }
}
