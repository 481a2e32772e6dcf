import type { TaskContext } from "../../sdk/lib/pass-context.ts";
import type { Claim } from "../../sdk/lib/journal.ts";
import { encodeGroup, formatId } from "../../worker/core/ids.ts";
import type { Run } from "../../worker/core/run.ts";
import type { NewRecord } from "../../worker/engine/record-entries.ts";
import type { PassReport, ReportAnswer } from "../../worker/engine/report-passes.ts";
import type { Observer, Sight } from "./program-tasks.ts";
import type { WrittenRow } from "./simulated-disk.ts";
import type { Witness } from "./simulated-platform.ts";
import { currentProcess, type Process, type VirtualTime } from "./virtual-time.ts";

/** A run that has ended, as it was written then. */
export interface Ended {
  readonly record: Run;
  readonly outcome?: { readonly ok: boolean; readonly text: string | null };
}

interface PassSeen {
  readonly id: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly isOrdered: boolean;
}

/**
 * Watches a history and notes what must never happen: a final run that changes, an epoch handed out to two calls or taken
 * twice, a recorded step that runs again, a result that is another one in a later pass, work below a canceled run.
 */
export class Laws implements Witness, Observer {
  readonly broken: string[] = [];
  readonly story: string[] = [];
  readonly ended = new Map<string, Ended>();
  readonly runs = new Map<string, Run>();
  private readonly time: VirtualTime;
  /** The call that each epoch of a run was handed out to, and the epochs of which a consumer has heard. */
  private readonly handedOut = new Map<string, string>();
  private readonly taken = new Set<string>();
  /** The epoch that each run was last handed out in. */
  private readonly epochs = new Map<string, number>();
  /** The epoch in which the run of a report was when the report came. */
  private readonly epochsAsked = new WeakMap<PassReport, number | undefined>();
  /** Runs that a crash has set apart and that nobody has claimed since. */
  private readonly setApart = new Set<string>();
  /** The epoch in which a process holds a run. */
  private readonly held = new Map<Process | undefined, Map<string, number>>();
  private readonly stepsKept = new Map<string, { readonly epoch: number; readonly attempt: number }>();
  private readonly seen = new Map<string, string>();
  /** Called after each commit with the object's key and the ids of the runs in it. */
  afterCommit: (key: string, changed: readonly string[]) => void = () => undefined;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  note(line: string): void {
    this.story.push(`${((this.time.now % 86_400_000) / 1000).toFixed(3)} ${line}`);
  }

  committed(key: string, rows: readonly WrittenRow[]): void {
    const changed: string[] = [];
    const claimed: Run[] = [];
    for (const row of rows) {
      const entry = JSON.parse(row.head) as Run & { readonly runCount?: number; readonly what?: string };
      if (entry.task === undefined || entry.what !== undefined || entry.epoch === undefined) continue;
      if (!("state" in entry)) continue;
      const id = runId(key, row.n);
      const record: Run = { ...entry, n: row.n };
      if (record.state.at === "executing" && record.epoch > (this.runs.get(id)?.epoch ?? 0)) claimed.push(record);
      this.changed(id, row, record);
      this.runs.set(id, record);
      changed.push(id);
    }
    for (const run of claimed) this.checkAbove(key, run);
    this.afterCommit(key, changed);
  }

  /** The turn of a report is over long before its answer, which waits for slots. */
  asked(key: string, method: string, parameters: readonly unknown[]): void {
    if (method !== "report") return;
    const [passes] = parameters as [PassReport[]];
    for (const pass of passes) this.epochsAsked.set(pass, this.epochs.get(runId(key, pass.n)));
  }

  answered(key: string, method: string, parameters: readonly unknown[], result: unknown): void {
    switch (method) {
      case "claim":
        for (const claim of result as Claim[]) this.handOut(key, claim, parameters[1] as string, false);
        break;
      case "report": {
        const [passes, , call] = parameters as [PassReport[], number, string];
        const { claims, stale } = result as ReportAnswer;
        for (const pass of passes) {
          const { n, epoch, end } = pass;
          if (!stale.includes(n)) this.mustHold(runId(key, n), epoch, "a report", this.epochsAsked.get(pass));
          this.note(`${n} epoch ${epoch} reports ${end.type}${stale.includes(n) ? " (stale)" : ""}`);
          if (end.type === "failed" && !stale.includes(n) && !isExpected(end.error)) this.complain(n, end.error);
        }
        for (const claim of claims) this.handOut(key, claim, call, true);
        break;
      }
      case "record": {
        const [n, epoch, records] = parameters as [string, number, NewRecord[]];
        if (result === true) for (const record of records) this.kept(runId(key, n), epoch, record);
        break;
      }
    }
  }

  heard(process: Process, key: string, method: string, result: unknown): void {
    if (method !== "claim" && method !== "report") return;
    for (const claim of method === "claim" ? (result as Claim[]) : (result as ReportAnswer).claims) {
      const name = `${runId(key, claim.n)} epoch ${claim.epoch}`;
      if (this.taken.has(name)) this.break(`${name} was taken twice`);
      this.taken.add(name);
      const held = this.held.get(process) ?? new Map<string, number>();
      this.held.set(process, held.set(runId(key, claim.n), claim.epoch));
    }
  }

  began({ run, attempt }: TaskContext, isOrdered: boolean): PassSeen {
    const epoch = this.held.get(currentProcess())?.get(run.id) ?? 0;
    return { id: run.id, attempt: attempt.number, epoch, isOrdered };
  }

  stepRuns(pass: object, path: string): void {
    const { id, epoch, attempt, isOrdered } = pass as PassSeen;
    this.note(`${tail(id)} runs step ${path} in epoch ${epoch}, attempt ${attempt}`);
    const key = `${id} ${path}`;
    const kept = this.stepsKept.get(key);
    if (kept === undefined || kept.epoch >= epoch) return;
    // Calls that come in another order in another attempt have other keys.
    if (isOrdered || kept.attempt === attempt)
      this.break(`step ${path} of ${id} ran again: kept in ${kept.epoch}, epoch ${epoch}`);
  }

  saw(pass: object, path: string, what: Sight): void {
    const { id, attempt, isOrdered } = pass as PassSeen;
    const text = JSON.stringify(what);
    this.sameAsBefore(`${id} ${path} in attempt ${attempt}`, text);
    const lasts = what.kind === "started" || (what.kind === "child" && what.value !== undefined);
    if (isOrdered && lasts) this.sameAsBefore(`${id} ${path}`, text);
    if (what.kind !== "child") return;
    const child = this.ended.get(what.id);
    if (child === undefined) return this.break(`${id} ${path} saw ${what.id}, which has not ended`);
    const value = child.outcome?.ok === true ? (child.outcome.text ?? "") : undefined;
    if (value !== what.value) this.break(`${id} ${path} saw ${text}; the child has ${value}`);
    if (value !== undefined && !value.startsWith(`${what.program}(`))
      this.break(`${id} ${path} saw another's: ${text}`);
  }

  break(what: string): void {
    this.note(`BROKEN: ${what}`);
    this.broken.push(what);
  }

  private complain(n: string, error: { name: string; message: string }): void {
    this.break(`${n} failed for a reason of the platform: ${error.name}: ${error.message}`);
  }

  private changed(id: string, row: WrittenRow, after: Run): void {
    this.note(`${tail(id)}: ${JSON.stringify(after.state)} epoch ${after.epoch} attempt ${after.attempt}`);
    const ended = this.ended.get(id);
    if (ended !== undefined) {
      const same = JSON.stringify(ended.record.state) === JSON.stringify(after.state);
      if (!same || ended.record.updatedAt !== after.updatedAt) this.break(`${id} changed after its end`);
      if (row.output !== undefined) this.break(`${id} has another output after its end`);
      return;
    }
    const before = this.runs.get(id);
    if (row.isNew && before !== undefined) this.break(`${id} was made twice`);
    if (after.attempt > after.maxAttempts) this.break(`${id} makes attempt ${after.attempt} of ${after.maxAttempts}`);
    if (after.epoch > (before?.epoch ?? 0) + 1) this.break(`${id} skips an epoch`);
    if (after.state.at === "queued" && after.state.alone) this.setApart.add(id);
    if (after.state.at !== "final") return;
    const { output } = row;
    if (output === undefined) this.break(`${id} ended without an outcome`);
    const outcome = output && { ok: output.type !== "error", text: output.text };
    this.ended.set(id, { record: after, ...(outcome === undefined ? {} : { outcome }) });
  }

  private handOut(key: string, claim: Claim, call: string, isByReport: boolean): void {
    const id = runId(key, claim.n);
    this.epochs.set(id, claim.epoch);
    if (this.setApart.delete(id) && isByReport) this.break(`${id} was set apart and is handed out with others`);
    const name = `${id} epoch ${claim.epoch}`;
    this.note(`${claim.n} is handed out: epoch ${claim.epoch}, attempt ${claim.attempt}`);
    if ((this.handedOut.get(name) ?? call) !== call) this.break(`${name} was handed out to two calls`);
    this.handedOut.set(name, call);
  }

  private checkAbove(key: string, { n, epoch }: Run): void {
    const segments = n.split(".");
    for (let length = 1; length < segments.length; length += 1) {
      const above = this.ended.get(runId(key, segments.slice(0, length).join(".")));
      const status = above?.record.state.at === "final" ? above.record.state.status : undefined;
      if (status === "CANCELED") this.break(`${n} epoch ${epoch} was claimed below a canceled run`);
    }
  }

  /** What a pass does counts only while it is the last one that the run was handed out to. */
  private mustHold(id: string, epoch: number, what: string, last = this.epochs.get(id)): void {
    if (last !== epoch) this.break(`${what} of epoch ${epoch} counted for ${id}, which is in epoch ${last}`);
  }

  private kept(id: string, epoch: number, record: NewRecord): void {
    this.mustHold(id, epoch, "a record");
    const key = record.kind === "child" ? record.wait.key : "key" in record ? record.key : "";
    this.note(`${tail(id)} keeps ${record.kind} ${key}`);
    if (record.kind !== "step" || !record.outcome.ok) return;
    const path = record.outcome.output.data?.replace("!", "") ?? "";
    this.stepsKept.set(`${id} ${path}`, { epoch, attempt: this.runs.get(id)?.attempt ?? 0 });
  }

  private sameAsBefore(what: string, text: string): void {
    const before = this.seen.get(what);
    if (before !== undefined && before !== text) this.break(`${what} was ${before} and is now ${text}`);
    this.seen.set(what, text);
  }
}

/** Programs fail on purpose; and an attempt fails when the group cannot be asked to keep something. */
function isExpected({ message }: { readonly message: string }): boolean {
  return (
    message.endsWith("fails") || message === "Network connection lost." || message.includes("could not be reached")
  );
}

export function runId(key: string, n: string): string {
  return formatId("run", encodeGroup(key.slice(key.indexOf(":") + 1)), n);
}

function tail(id: string): string {
  return `${id.slice(4, 10)}:${id.slice(48)}`;
}
