import { AttemptFailure } from "./attempt-failure.ts";
import { CancelWatch } from "./cancel-watch.ts";
import type { TaskDefinition } from "./definition.ts";
import type { Door } from "./door.ts";
import { describeError, OutputTooLargeError, reviveError, RunCanceledError, RunletError } from "./errors.ts";
import { HookCalls } from "./hook-calls.ts";
import type { Claim, LogLine, PassEnd } from "./journal.ts";
import { throughMiddleware } from "./middleware.ts";
import { never } from "./never.ts";
import type { NewNotes } from "./notes.ts";
import { decodePacket, encodePacket, type Packet } from "./packet.ts";
import { runInside } from "./pass-context.ts";
import { exceeds } from "./payload-limit.ts";
import type { PassDoor } from "./pass-door.ts";
import { Pass } from "./pass.ts";
import { describeStand, settledFor } from "./task-wait.ts";
import { LIMITS } from "./wire.ts";

export interface PassResult {
  readonly end: PassEnd;
  readonly logs: readonly LogLine[];
  readonly logged: number;
  /** What the group does not have yet. */
  readonly notes: NewNotes | undefined;
  /** The run was cancelled meanwhile, and `onCancel` has been called: of this result only the log lines and notes count. */
  readonly isCanceled: boolean;
}

/**
 * Calls the task's function once over the journal, with the hooks that belong to it, and tells how that ended. Never throws, and
 * ends 30 seconds after the signal at the latest, whatever the code does.
 */
export async function executePass(
  definition: TaskDefinition,
  claim: Claim,
  door: PassDoor,
  outer: Door,
  signal: AbortSignal,
): Promise<PassResult> {
  const pass = new Pass(claim, door, signal);
  const hooks = new HookCalls(definition, claim, pass, outer);
  const failure = new AttemptFailure(definition, claim, hooks, signal);
  const call = new Call(definition, claim, pass, hooks, failure);
  const watch = new CancelWatch(hooks, signal, call.run);
  let returned: PassEnd | undefined;
  void runInside(pass, () => call.make(), outer).then(
    (end) => {
      returned = end;
      pass.finish(end);
    },
    (error: unknown) => pass.finish({ type: "failed", error: describeError(error), retry: true }),
  );
  const end = (await Promise.race([pass.ended, watch.overdue])) ?? CUT_OFF;
  if (signal.aborted) call.giveUp();
  const telling = end === returned || signal.aborted ? end : tellOfEnd(end, pass, door, hooks, failure);
  const told = (await Promise.race([telling, watch.overdue])) ?? end;
  const isCanceled = await watch.end();
  const { lines: logs, logged } = pass.logs;
  return { end: told, logs, logged, notes: pass.noteBook.close(), isCanceled };
}

/** The pass has ended though the function has neither returned nor thrown: it waits, or cannot go on. Never throws. */
async function tellOfEnd(
  end: PassEnd,
  pass: Pass,
  door: PassDoor,
  hooks: HookCalls,
  failure: AttemptFailure,
): Promise<PassEnd> {
  try {
    return await announceEnd(end, pass, door, hooks, failure);
  } catch (error) {
    hooks.warn("The hooks could not be told of the end", error);
    return end;
  }
}

async function announceEnd(
  end: PassEnd,
  pass: Pass,
  door: PassDoor,
  hooks: HookCalls,
  failure: AttemptFailure,
): Promise<PassEnd> {
  if (end.type === "failed") return failure.conclude(reviveError(end.error), true);
  const waits = hooks.list("onWait").length === 0 ? [] : pass.stands.all.map((stand) => describeStand(stand, door));
  const [wait] = waits;
  if (wait !== undefined) await hooks.tell("onWait", { wait, waits });
  return end;
}

/** The call of the task's function in a pass, inside its hooks. */
class Call {
  /** Settles as the task's function does. */
  readonly run: Promise<unknown>;
  private readonly definition: TaskDefinition;
  private readonly claim: Claim;
  private readonly pass: Pass;
  private readonly hooks: HookCalls;
  private readonly failure: AttemptFailure;
  private resolveRun: (output: unknown) => void = () => undefined;
  private rejectRun: (reason: unknown) => void = () => undefined;

  constructor(definition: TaskDefinition, claim: Claim, pass: Pass, hooks: HookCalls, failure: AttemptFailure) {
    this.definition = definition;
    this.claim = claim;
    this.pass = pass;
    this.hooks = hooks;
    this.failure = failure;
    this.run = new Promise((resolve, reject) => {
      this.resolveRun = resolve;
      this.rejectRun = reject;
    });
    // Mostly nobody looks at it.
    this.run.catch(() => undefined);
  }

  /** Gives the end that this call comes to; never, when that of the pass is decided otherwise before. */
  async make(): Promise<PassEnd> {
    let end: PassEnd | undefined;
    try {
      const payload = await this.readPayload();
      await throughMiddleware(this.hooks, async () => {
        // Middleware calls this from a scope of its own.
        end = await runInside(this.pass, () => this.makeInside(payload));
      });
      if (end === undefined)
        throw new RunletError("Middleware kept to itself what another one threw, so run was not called.");
      return end;
    } catch (error) {
      return this.pass.closeToCode() ? this.failure.conclude(error, end === undefined) : never();
    }
  }

  /** The pass is over: a function that has not come to its end by now never does. */
  giveUp(): void {
    this.rejectRun(new RunCanceledError("The run was canceled while it waited."));
  }

  /** As `make`, without middleware. */
  private async makeInside(payload: unknown): Promise<PassEnd> {
    const { claim, definition, failure, hooks, pass } = this;
    try {
      if (claim.isFirstPass) await hooks.insist("onStartAttempt", {});
      else await this.tellOfResumption();
      const run = definition.execute(payload, { ctx: pass.ctx, signal: pass.signal });
      run.catch(givenOutput).then(this.resolveRun, this.rejectRun);
      const output = await run.catch(givenOutput);
      const packet = encodeOutput(output);
      if (!pass.closeToCode()) return await never();
      if (!pass.signal.aborted) {
        failure.markTold();
        await hooks.tell("onSuccess", { output });
        await hooks.tell("onComplete", { result: { ok: true, data: output } });
      }
      return { type: "completed", output: packet };
    } catch (error) {
      return pass.closeToCode() ? failure.conclude(error, true) : never();
    }
  }

  private async tellOfResumption(): Promise<void> {
    if (this.hooks.list("onResume").length === 0) return;
    const { epoch, journal } = this.claim;
    const waits = settledFor(epoch, journal);
    // A run is resumed by something that has settled, so there is one.
    const [wait] = waits;
    if (wait !== undefined) await this.hooks.tell("onResume", { wait, waits });
  }

  private async readPayload(): Promise<unknown> {
    const { claim, definition, hooks } = this;
    const given = decodePacket(claim.payload);
    if (definition.parse !== undefined) hooks.setPayload(given, false);
    const payload = definition.parse === undefined ? given : await definition.parse(given);
    hooks.setPayload(payload, true);
    return payload;
  }
}

/** What was thrown to give an output; anything else is thrown on. */
function givenOutput(thrown: unknown): unknown {
  if (thrown instanceof Error && thrown.name === "CompleteTaskWithOutput" && "output" in thrown) return thrown.output;
  throw thrown;
}

function encodeOutput(output: unknown): Packet {
  const packet = encodePacket(output);
  if (!exceeds(packet.data ?? "", LIMITS.outputBytes)) return packet;
  throw new OutputTooLargeError(
    `The output is over the limit of ${LIMITS.outputBytes} bytes of encoded text. Store it elsewhere and return where it is.`,
  );
}

const CUT_OFF: PassEnd = {
  type: "failed",
  error: { name: "RunCanceledError", message: "The run was canceled." },
  retry: false,
};
