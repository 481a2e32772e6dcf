import { RunletError, reviveError } from "./errors.ts";
import type { Outcome } from "./journal.ts";
import { decodePacket } from "./packet.ts";
import type { PassContext } from "./pass-context.ts";
import { currentPass } from "./trigger.ts";

/** Side effects that happen once. */
export const step = {
  /**
   * Runs `fn` once in the life of a run and keeps what it gives: when the task is replayed after a wait, or tried again
   * after a failure, the kept value is given and `fn` is not called. A step that throws is tried again in the next
   * attempt. `name` is for people and for telling steps apart; the same name may be used several times.
   *
   * The value must be one that superjson knows (plain data, Date, Map, Set, BigInt...), 10 MiB of text at most. Only
   * inside a task: elsewhere it rejects with `OutsideTaskError`.
   */
  async run<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
    const pass = currentPass("step.run", "Call the function directly here.");
    if (typeof name !== "string" || name.length === 0) throw new RunletError("step.run(name, fn) needs a name.");
    const outcome = await pass.step(name, () => fn());
    return valueOf(outcome) as T;
  },
};

/** The value that a step has kept. Throws the error that it has failed with. */
export function valueOf(outcome: Outcome): unknown {
  if (outcome.ok) return decodePacket(outcome.output);
  throw reviveError(outcome.error);
}

/** The request key of what a step makes: no other step of any run has it. */
export function requestKeyOf({ ctx }: Pick<PassContext, "ctx">, stepKey: string): string {
  return `${ctx.run.id} ${stepKey}`;
}
