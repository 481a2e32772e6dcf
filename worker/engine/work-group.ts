import type { PassResult } from "../../sdk/lib/execute.ts";
import { executePass } from "../../sdk/lib/execute.ts";
import type { Claim } from "../../sdk/lib/journal.ts";
import { STOP_WITHIN_MS } from "../../sdk/lib/cancel-watch.ts";
import { RunCanceledError, RunletError } from "../../sdk/lib/errors.ts";
import type { FinalStatus } from "../../sdk/lib/wire.ts";
import { quiet } from "../../sdk/lib/quiet.ts";
import type { Env } from "../env.ts";
import { callGroup } from "./call-group.ts";
import { newCallName } from "./call-name.ts";
import { GroupPassDoor } from "./group-pass-door.ts";
import type { LocalEngine } from "./local-engine.ts";
import { packBySize } from "../core/pack-by-size.ts";
import type { Registry } from "./registry.ts";
import { Renewals } from "./renewals.ts";
import type { PassReport } from "./report-passes.ts";
import { reportSize } from "./report-size.ts";
import { sendAhead } from "./send-ahead.ts";
import { wholeClaim } from "./whole-claim.ts";

/** How many passes of one group a consumer works on side by side; of those that bring megabytes along, so many. */
const SIDE_BY_SIDE = 100;
const LARGE_SIDE_BY_SIDE = 8;
/** How long, and over how many passes, a consumer takes further claims before it leaves them to a dispatch. */
const BUDGET_MS = 60_000;
const BUDGET_PASSES = 2_000;
/** A consumer lives for 15 minutes. A pass that takes nearly as long is ended while somebody can still tell. */
const LONGEST_PASS_MS = 14 * 60_000;
/** Time to report what the last code of a canceled run has logged. */
const LAST_WORD_MS = 1_000;
const MESSAGE_CHARACTERS = 8_000_000;

interface Active {
  readonly claim: Claim;
  readonly aborter: AbortController;
}

/**
 * One consumer at work on one group: executes the passes it has claimed, reports those that end close together in one
 * call, goes on with the claims in the answer, and renews its leases meanwhile.
 */
export class GroupWork {
  private readonly env: Env;
  private readonly registry: Registry;
  private readonly engine: LocalEngine;
  private readonly group: string;
  private readonly active = new Map<string, Active>();
  /** Passes that were told to stop, and may still clean up after themselves. */
  private readonly stopping = new Set<Active>();
  private readonly startedAt = Date.now();
  /** When the event began for which this works: it bounds how long it can. */
  private readonly eventAt: number;
  /** Claims that are held and whose turn has not come. */
  private waiting: Active[] = [];
  private working = 0;
  private workingLarge = 0;
  private reports: PassReport[] = [];
  private isReporting = false;
  private claimed = 0;
  private readonly renewals: Renewals;
  private finish: () => void = () => undefined;

  constructor(env: Env, registry: Registry, engine: LocalEngine, group: string, eventAt = Date.now()) {
    this.env = env;
    this.registry = registry;
    this.engine = engine;
    this.group = group;
    this.eventAt = eventAt;
    this.renewals = new Renewals(Number(env.RUNLET_LEASE_SECONDS ?? 60) * 1000, () => this.renew());
  }

  /** Works until nothing is left of the claims and of those that follow from them. */
  run(claims: readonly Claim[]): Promise<void> {
    return new Promise((resolve) => {
      this.finish = resolve;
      this.start(claims);
      this.renewals.start();
      this.settle();
    });
  }

  private start(claims: readonly Claim[]): void {
    this.claimed += claims.length;
    for (const claim of claims) {
      const active = { claim, aborter: new AbortController() };
      this.active.set(claim.n, active);
      this.waiting.push(active);
    }
    this.fill();
  }

  /** Begins passes while there is room. */
  private fill(): void {
    while (this.working < SIDE_BY_SIDE && this.workingLarge < LARGE_SIDE_BY_SIDE) {
      const active = this.waiting.shift();
      if (active === undefined) return;
      // Taken away or overdue before its turn came.
      if (this.active.get(active.claim.n) !== active) continue;
      const large = active.claim.deferred === true ? 1 : 0;
      this.working += 1;
      this.workingLarge += large;
      void this.work(active).then(() => {
        this.working -= 1;
        this.workingLarge -= large;
        this.fill();
      });
    }
  }

  private async work(active: Active): Promise<void> {
    const { n, epoch } = active.claim;
    let report: PassReport | undefined;
    try {
      const claim = await wholeClaim(active.claim, (ask) => this.call(ask));
      report = claim && (await this.executeWithin(claim, active));
    } catch (error) {
      // The platform's own failure: the lease runs out, and the run is handed out again.
      console.error(`runlet: a pass of run ${active.claim.id} could not be carried out`, error);
    }
    // A run that was taken away meanwhile has another consumer, or is final.
    if (this.active.get(n)?.claim.epoch !== epoch) {
      this.stopping.delete(active);
      // Whatever it came to, its code has ended.
      if (report !== undefined && isOver(active.aborter.signal.reason)) {
        this.reports.push({ ...report, end: { type: "canceled" } });
        void this.report();
      }
      this.settle();
      return;
    }
    this.active.delete(n);
    if (report !== undefined) this.reports.push(report);
    if (this.reports.length > 0) void this.report();
    this.settle();
  }

  /** Ends the pass for the group when its active time is used up, whatever the code does then. */
  private async executeWithin(claim: Claim, active: Active): Promise<PassReport> {
    if (claim.activeMsLeft === undefined) return this.execute(claim, active.aborter.signal);
    const timer = setTimeout(() => this.endOverrun(active), Math.max(0, claim.activeMsLeft));
    const startedAt = Date.now();
    const report = await this.execute(claim, active.aborter.signal).finally(() => clearTimeout(timer));
    if (report.end.type !== "suspended") return report;
    return { ...report, end: { ...report.end, activeMs: Date.now() - startedAt } };
  }

  private async execute(claim: Claim, signal: AbortSignal): Promise<PassReport> {
    const { n, id, epoch, attempt } = claim;
    const definition = this.registry.get(claim.task);
    if (definition === undefined) {
      console.warn(`runlet: run ${id} waits for its task. ${this.registry.unknown(claim.task)}`);
      return { n, epoch, end: { type: "missing" }, logs: [], logged: claim.logged };
    }
    const origin = { parentId: id, rootId: claim.rootId ?? id, depth: claim.depth + 1 };
    const place = { group: this.group, n, id, epoch, attempt, origin };
    const door = new GroupPassDoor(this.env, this.registry, this.engine, place, () => this.ask(claim));
    const result = await executePass(definition, claim, door, this.engine, signal);
    const { logs, logged, notes } = result;
    if (result.isCanceled) return { n, epoch, end: { type: "canceled" }, logs, logged, notes };
    const end = await sendAhead(door, result.end);
    return toReport(claim, { end, logs, logged, notes });
  }

  /** Reports what has ended, everything that ends meanwhile in the next call. */
  private async report(): Promise<void> {
    if (this.isReporting) return;
    this.isReporting = true;
    while (this.reports.length > 0) {
      // Passes that end at the same time are reported together.
      await quiet();
      const reports = this.reports;
      this.reports = [];
      for (const part of packBySize(reports, reportSize, MESSAGE_CHARACTERS)) await this.reportPart(part);
    }
    this.isReporting = false;
    this.settle();
  }

  /**
   * One that is refused must not take others with it: they are told again, each by itself. What the failed call may have been
   * given is asked for until it has arrived once. True when this has.
   */
  private async reportPart(part: readonly PassReport[], call = newCallName(), isAgain = false): Promise<boolean> {
    try {
      const answer = await this.call((stub, again) => stub.report(part, this.take(), call, isAgain || again));
      this.start(answer.claims);
      return true;
    } catch (error) {
      if (part.length > 1) {
        let lost: string | undefined = call;
        for (const report of part) {
          const hasArrived = await this.reportPart([report], lost, lost !== undefined);
          if (hasArrived) lost = undefined;
        }
        return lost === undefined;
      }
      const [report] = part;
      const what = `runlet: the report of ${report?.n} in group ${this.group} did not arrive; it is handed out again`;
      console.error(`${what} when its lease ends`, error);
      return false;
    }
  }

  private take(): number {
    if (Date.now() - this.startedAt > BUDGET_MS || this.claimed >= BUDGET_PASSES) return 0;
    return Math.max(0, SIDE_BY_SIDE - this.active.size);
  }

  /** A pass was refused: why, the next renewal tells, so that comes at once. */
  private ask({ n, epoch }: Claim): void {
    if (this.active.get(n)?.claim.epoch === epoch) this.renewals.now();
  }

  /** Renews all leases in one call; learns which runs were canceled or taken away, and tells their code to stop. */
  private async renew(): Promise<void> {
    this.endOverdue();
    const held = [...this.active.values()].map(({ claim: { n, epoch } }) => ({ n, epoch }));
    try {
      const gone = held.length === 0 ? [] : await this.call((stub) => stub.renew(held));
      for (const { n, status } of gone) {
        const active = this.active.get(n);
        if (active === undefined || !held.some((one) => one.n === n && one.epoch === active.claim.epoch)) continue;
        this.active.delete(n);
        this.stop(active, reasonOf(status));
      }
    } catch (error) {
      console.warn("runlet: leases were not renewed; it will be tried again", error);
    }
    this.settle();
  }

  /** Without the consumer, which ends when it has nothing left to do, the code that cleans up would be cut off. */
  private stop(active: Active, reason: RunletError): void {
    this.stopping.add(active);
    setTimeout(() => {
      this.stopping.delete(active);
      this.settle();
    }, STOP_WITHIN_MS + LAST_WORD_MS);
    active.aborter.abort(reason);
  }

  private endOverrun(active: Active): void {
    const { n, epoch, logged } = active.claim;
    if (this.active.get(n) !== active) return;
    const error = { name: "MaxDurationExceededError", message: "The attempt took longer than its maxDuration." };
    this.active.delete(n);
    this.reports.push({ n, epoch, end: { type: "overran", error }, logs: [], logged });
    this.stop(active, new RunOverranError(error.message));
    void this.report();
  }

  private endOverdue(): void {
    if (Date.now() - this.eventAt < LONGEST_PASS_MS) return;
    for (const { claim, aborter } of this.active.values()) {
      const { n, epoch, logged } = claim;
      const message = `The pass was not over when its consumer had to end, after ${LONGEST_PASS_MS / 60_000} minutes. Cut the work into children or steps.`;
      const error = { name: "PassTooLongError", message };
      this.active.delete(n);
      aborter.abort(new RunletError(message));
      this.reports.push({ n, epoch, end: { type: "failed", error, retryDelayMs: 0 }, logs: [], logged });
      void this.report();
    }
  }

  private settle(): void {
    if (this.active.size > 0 || this.stopping.size > 0 || this.isReporting || this.reports.length > 0) return;
    this.renewals.end();
    this.finish();
  }

  private call<T>(call: Parameters<typeof callGroup<T>>[2]): Promise<T> {
    return callGroup(this.env, this.group, call);
  }
}

/** The active time of a run is used up. */
class RunOverranError extends RunletError {}

/** Whether the run has ended for which code was told to stop: then it keeps its slot until the code has, too. */
function isOver(reason: unknown): boolean {
  return reason instanceof RunCanceledError || reason instanceof RunOverranError;
}

/** Why code is told to stop whose run has ended, with `status`, or is another consumer's. */
function reasonOf(status: FinalStatus | undefined): RunletError {
  if (status === "CANCELED") return new RunCanceledError("The run was canceled.");
  return new RunletError("The run has ended, or was handed to another consumer.");
}

function toReport({ n, epoch }: Claim, { end, ...written }: Omit<PassResult, "isCanceled">): PassReport {
  if (end.type !== "failed") return { n, epoch, end, ...written };
  const { retry, retryDelayMs = 0, ...how } = end;
  return { n, epoch, end: { ...how, ...(retry ? { retryDelayMs } : {}) }, ...written };
}
