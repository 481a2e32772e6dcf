import { metadata } from "../../sdk/lib/metadata.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import type { TriggerOptions } from "../../sdk/lib/trigger-options.ts";
import { wait } from "../../sdk/lib/wait.ts";
import type { TaskContext } from "../../sdk/lib/pass-context.ts";
import type { BatchResult, TaskRunResult } from "../../sdk/lib/task-result.ts";
import type { Op, Program, TaskName } from "./programs.ts";

/** What a run tells of itself while it executes. `path` names one of its operations. */
export interface Observer {
  began(ctx: TaskContext, isOrdered: boolean): object;
  stepRuns(pass: object, path: string): void;
  /** A result has reached the code: the same one each time, for as long as the attempt lasts. */
  saw(pass: object, path: string, what: Sight): void;
}

export type Sight =
  | { readonly kind: "child"; readonly program: number; readonly id: string; readonly value?: string }
  | { readonly kind: "started"; readonly id: string }
  | { readonly kind: "value"; readonly value: string };

interface Me {
  readonly pass: object;
  readonly attempt: number;
}

/** Tasks that execute programs, and tell the observer of what they see. */
export function programTasks(observer: Observer) {
  const define = (id: TaskName) =>
    task({
      id,
      retry: { maxAttempts: 1, minTimeoutInMs: 500, maxTimeoutInMs: 60_000 },
      run: (program: Program, { ctx }) => execute(program, ctx),
    });
  const tasks = { red: define("red"), blue: define("blue") };

  async function execute(program: Program, ctx: TaskContext): Promise<string> {
    const me: Me = { pass: observer.began(ctx, program.isOrdered), attempt: ctx.attempt.number };
    metadata.append("attempts", me.attempt);
    const values: string[] = [];
    for (const [i, op] of program.ops.entries()) {
      if (i === program.failsAfter) mayFail(program, me);
      values.push(await perform(op, `${i}`, me));
    }
    mayFail(program, me);
    return `${program.id}(${values.join(" ")})`;
  }

  function mayFail(program: Program, me: Me): void {
    if (me.attempt <= program.failures) throw new Error(`attempt ${me.attempt} fails`);
  }

  async function perform(op: Op, path: string, me: Me): Promise<string> {
    switch (op.op) {
      case "step": {
        const value = await step.run("work", () => work(op, path, me));
        observer.saw(me.pass, path, { kind: "value", value });
        return value;
      }
      case "sleep":
        await pause(op.ms);
        return "slept";
      case "rest":
        await wait.for({ seconds: op.ms / 1000 });
        return "rested";
      case "wait":
        return child(op.child, path, me, await begin(op.child));
      case "begin": {
        const begun = begin(op.child);
        const values = await sequence(op.meanwhile, `${path}m`, me);
        return `${values} ${child(op.child, path, me, await begun)}`;
      }
      case "batch": {
        const { runs }: BatchResult<TaskRunResult> = await tasks.red.batchTriggerAndWait(op.children.map(item));
        if (runs.length !== op.children.length) throw new Error(`${runs.length} results of ${op.children.length}`);
        return op.children.map((program, i) => child(program, `${path}[${i}]`, me, runs[i])).join(" ");
      }
      case "trigger": {
        const { id } = await tasks[op.child.task].trigger(op.child, optionsOf(op.child));
        observer.saw(me.pass, path, { kind: "started", id });
        return "triggered";
      }
      case "triggerBatch": {
        const { batchId } = await tasks.blue.batchTrigger(op.children.map(item));
        observer.saw(me.pass, path, { kind: "started", id: batchId });
        return "triggered";
      }
      case "first":
        return observed(path, me, await Promise.race(op.children.map(async (one) => described(await begin(one)))));
      default:
        return together(op, path, me);
    }
  }

  async function together(op: Op & { op: "all" | "settled" | "race" }, path: string, me: Me): Promise<string> {
    const chains = op.chains.map((ops, i) => sequence(ops, `${path}.${i}`, me));
    switch (op.op) {
      case "all":
        return (await Promise.all(chains)).join("|");
      case "race":
        return observed(path, me, await Promise.race(chains));
      case "settled": {
        const settled = await Promise.allSettled(chains);
        return settled.map((one) => (one.status === "fulfilled" ? one.value : "failed")).join("|");
      }
    }
  }

  async function sequence(ops: readonly Op[], path: string, me: Me): Promise<string> {
    const values: string[] = [];
    for (const [i, op] of ops.entries()) values.push(await perform(op, `${path}.${i}`, me));
    return values.join(" ");
  }

  function begin(program: Program): Promise<TaskRunResult> {
    return tasks[program.task].triggerAndWait(program, optionsOf(program));
  }

  function item(program: Program) {
    return { payload: program, options: optionsOf(program) };
  }

  async function work(op: Op & { op: "step" }, path: string, me: Me): Promise<string> {
    observer.stepRuns(me.pass, path);
    metadata.root.increment("steps");
    if (op.ms > 0) await pause(op.ms);
    if (me.attempt <= op.failures) throw new Error(`step ${path} fails`);
    return `${path}!`;
  }

  function child(program: Program, path: string, me: Me, result: TaskRunResult | undefined): string {
    if (result === undefined) throw new Error(`${path} has no result`);
    const value = result.ok ? { value: String(result.output) } : {};
    observer.saw(me.pass, path, { kind: "child", program: program.id, id: result.id, ...value });
    return described(result);
  }

  function observed(path: string, me: Me, value: string): string {
    observer.saw(me.pass, path, { kind: "value", value });
    return value;
  }

  return tasks;
}

function optionsOf({ id, maxAttempts, delay, isKeyed, queue, concurrencyKey }: Program): TriggerOptions {
  return {
    maxAttempts,
    ...(delay === 0 ? {} : { delay: `${delay}s` }),
    ...(isKeyed ? { idempotencyKey: `program ${id}` } : {}),
    ...(queue === undefined ? {} : { queue }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
  };
}

function described(result: TaskRunResult): string {
  return result.ok ? String(result.output) : "failed";
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
