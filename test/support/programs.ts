import { isInFlightLimited, QUEUES } from "./history-queues.ts";
import type { Random } from "./random.ts";

/** A task's work as data, so that a generator can make it up. */
export interface Program {
  readonly id: number;
  readonly task: TaskName;
  readonly maxAttempts: number;
  /** Seconds that it is delayed by. */
  readonly delay: number;
  /** It is triggered with an idempotency key. */
  readonly isKeyed: boolean;
  /** The queue with limits that it is triggered on, and its key there. */
  readonly queue?: string;
  readonly concurrencyKey?: string;
  /** Its first attempts fail: how many, and after how many of its operations. */
  readonly failures: number;
  readonly failsAfter: number;
  readonly ops: readonly Op[];
  /** Its calls come in one order whatever happens, in every attempt. */
  readonly isOrdered: boolean;
}

export type TaskName = "red" | "blue";

export type Op =
  | { readonly op: "step"; readonly ms: number; readonly failures: number }
  | { readonly op: "sleep"; readonly ms: number }
  /** A wait for a time. */
  | { readonly op: "rest"; readonly ms: number }
  | { readonly op: "wait"; readonly child: Program }
  /** A wait that is begun, then something else is done, then it is awaited. */
  | { readonly op: "begin"; readonly child: Program; readonly meanwhile: readonly Op[] }
  | { readonly op: "batch"; readonly children: readonly Program[] }
  | { readonly op: "trigger"; readonly child: Program }
  | { readonly op: "triggerBatch"; readonly children: readonly Program[] }
  /** Chains of operations side by side. */
  | { readonly op: "all" | "settled" | "race"; readonly chains: readonly (readonly Op[])[] }
  /** A race of waits themselves. */
  | { readonly op: "first"; readonly children: readonly Program[] };

/** Makes up programs: small ones, with a bound on the runs that one of them brings about. */
export class Author {
  private readonly random: Random;
  private programs = 0;
  private runsLeft: number;
  private readonly queued: number;

  /** `queued`: the part of the programs that go to queues with limits. */
  constructor(random: Random, runs: number, queued: number) {
    this.random = random;
    this.runsLeft = runs;
    this.queued = queued;
  }

  program(depth: number): Program {
    const { random } = this;
    this.programs += 1;
    this.runsLeft -= 1;
    const id = this.programs;
    const maxAttempts = 1 + random.below(3);
    const failures = random.chance(0.3) ? 1 + random.below(3) : 0;
    const given = depth === 0 && random.chance(0.5) ? [] : this.ops(depth, 3);
    const isOrdered = !hasChains(given);
    const ops = isOrdered ? given : given.map(withoutSleep);
    const task = random.chance(0.5) ? "red" : "blue";
    const options = { maxAttempts, delay: random.chance(0.15) ? random.below(20) : 0, isKeyed: random.chance(0.2) };
    const failsAfter = random.below(ops.length + 1);
    return { id, task, ...options, ...this.place(ops), failures, failsAfter, ops, isOrdered };
  }

  /** One that waits for others holds a place in flight meanwhile: if they needed places too, all could wait for ever. */
  private place(ops: readonly Op[]): Pick<Program, "queue" | "concurrencyKey"> {
    const { random } = this;
    if (!random.chance(this.queued)) return {};
    const isLeaf = ops.every(({ op }) => op === "step" || op === "sleep" || op === "rest");
    const queue = random.pick(QUEUES.filter(({ limits }) => isLeaf || !isInFlightLimited(limits))).name;
    return random.chance(0.5) ? { queue } : { queue, concurrencyKey: random.pick(["a", "b"]) };
  }

  private ops(depth: number, most: number): Op[] {
    return Array.from({ length: 1 + this.random.below(most) }, () => this.op(depth));
  }

  private op(depth: number): Op {
    const { random } = this;
    const kind = random.below(12);
    if (kind < 2 || depth === 0 || this.runsLeft <= 0) return this.simple();
    switch (kind) {
      case 2:
        return { op: "batch", children: this.children(depth) };
      case 3:
        return { op: "trigger", child: this.program(depth - 1) };
      case 4:
        return { op: "triggerBatch", children: this.children(depth) };
      case 5:
        return { op: "begin", child: this.program(depth - 1), meanwhile: this.ops(depth - 1, 2) };
      case 6:
        return { op: "first", children: this.children(depth) };
      case 7:
      case 8:
      case 9: {
        const chains = Array.from({ length: 2 + random.below(2) }, () => this.ops(depth, 2));
        return { op: random.pick(["all", "all", "settled", "race"]), chains };
      }
      default:
        return { op: "wait", child: this.program(depth - 1) };
    }
  }

  /** Something that needs no other run. */
  private simple(): Op {
    const { random } = this;
    if (random.chance(0.3)) return { op: "sleep", ms: this.time() };
    if (random.chance(0.2)) return { op: "rest", ms: this.time() };
    return { op: "step", ms: this.time(), failures: random.chance(0.15) ? 1 : 0 };
  }

  private time(): number {
    const { random } = this;
    return random.chance(0.6) ? 0 : Math.floor(2 ** (random.next() * (random.chance(0.05) ? 18 : 12)));
  }

  private children(depth: number): Program[] {
    return Array.from({ length: 1 + this.random.below(3) }, () => this.program(depth - 1));
  }
}

function hasChains(ops: readonly Op[]): boolean {
  return ops.some((op) => "chains" in op || (op.op === "begin" && hasChains(op.meanwhile)));
}

/** Beside other chains only what is kept is sure to come in the same order again: a pause becomes a step that takes it. */
function withoutSleep(op: Op): Op {
  if (op.op === "sleep") return { op: "step", ms: op.ms, failures: 0 };
  if (op.op === "begin") return { ...op, meanwhile: op.meanwhile.map(withoutSleep) };
  return "chains" in op ? { ...op, chains: op.chains.map((chain) => chain.map(withoutSleep)) } : op;
}
