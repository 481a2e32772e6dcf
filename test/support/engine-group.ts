import type { Claim, NewBatchItem, NewWait, PassEnd } from "../../sdk/lib/journal.ts";
import { Agenda } from "../../worker/engine/agenda.ts";
import { admitRun } from "../../worker/engine/admit-runs.ts";
import type { Admission } from "../../worker/engine/admission.ts";
import type { FarGroups } from "../../worker/engine/far-groups.ts";
import { claimRuns, type ClaimCall } from "../../worker/engine/claim-runs.ts";
import { RecordCache } from "../../worker/engine/record-cache.ts";
import { recordEntries, type NewRecord } from "../../worker/engine/record-entries.ts";
import { reportPasses, type PassReport, type ReportAnswer } from "../../worker/engine/report-passes.ts";
import { Turn } from "../../worker/engine/turn.ts";
import { wakeDue } from "../../worker/engine/wake-group.ts";
import { GroupScans } from "../../worker/storage/group-scans.ts";
import { GroupStore } from "../../worker/storage/group-store.ts";
import { LEASE_MS } from "./run-records.ts";
import { MemorySql } from "./sql-storage.ts";

const SHORT = "G".repeat(43);
const VALUE = { data: "x", type: "text/plain" } as const;

/** A group without its object: the verbs of the engine over a database, one turn a call, a millisecond apart. */
export class EngineGroup {
  readonly sql = new MemorySql();
  readonly store = new GroupStore(this.sql.storage);
  readonly scans = new GroupScans(this.sql.storage);
  now = 1_000_000;
  /** What the last turn left to be done outside. */
  last: Pick<Turn, "ready" | "owing" | "wishing" | "changed" | "ended"> | undefined;
  readonly agenda = new Agenda(this.scans);
  private readonly cache = new RecordCache();
  private calls = 0;

  constructor() {
    this.store.create();
  }

  /** A call that nobody has made before. */
  newCall(): ClaimCall {
    this.calls += 1;
    return { call: `call ${this.calls}`, leaseMs: LEASE_MS };
  }

  turn<T>(verb: (turn: Turn) => T): T {
    this.now += 1;
    const turn = new Turn(this.store, this.scans, this.cache, SHORT, this.now);
    try {
      return this.sql.transaction(() => {
        const result = verb(turn);
        turn.write();
        this.agenda.add(turn);
        return result;
      });
    } catch (error) {
      this.cache.clear();
      this.agenda.doubt();
      throw error;
    } finally {
      this.last = turn;
    }
  }

  admit(admission: Partial<Admission> = {}): { readonly isCached: boolean } {
    const given = { n: "k", task: "parent", payload: VALUE, options: { tags: [], maxAttempts: 3 } } as const;
    return this.turn((turn) => admitRun(turn, { ...given, trigger: "trigger", ...admission }));
  }

  claim(n = "k"): Claim {
    const [claim] = this.turn((turn) => claimRuns(turn, [{ n, epoch: turn.run(n)?.epoch ?? -1 }], this.newCall()));
    if (claim === undefined) throw new Error(`${n} could not be claimed.`);
    return claim;
  }

  /** Reports the end of the pass that holds the claim; takes `take` of the next claims. */
  report(claim: Pick<Claim, "n" | "epoch">, end: PassReport["end"], take = 50): ReportAnswer {
    return this.reportAll([{ n: claim.n, epoch: claim.epoch, end, logs: [], logged: 0 }], take);
  }

  reportAll(passes: readonly PassReport[], take = 50): ReportAnswer {
    return this.turn((turn) => reportPasses(turn, passes, take, this.newCall(), far));
  }

  record(claim: Pick<Claim, "n" | "epoch">, ...records: NewRecord[]): boolean {
    return this.turn((turn) => recordEntries(turn, claim.n, claim.epoch, records, far));
  }

  /** When something is due next, as the table says. */
  nextDue(): number | undefined {
    return this.scans.soonest(1)[0]?.due;
  }

  /** Lets time pass and the alarm fire. */
  wakeAfter(ms: number): void {
    this.now += ms;
    for (;;) {
      const due = this.agenda.takeDue(this.now + 1, 500);
      if (due.length === 0) return;
      this.turn((turn) => wakeDue(turn, due));
    }
  }
}

/** Other groups, all of them far away. */
export const far = {
  child: () => ({ target: "far", id: "run_far_k" }),
  shared: (_: string, { idempotencyKey }: { readonly idempotencyKey?: string }) =>
    idempotencyKey === undefined ? undefined : { target: "keyed", id: "run_keyed_k" },
} as unknown as FarGroups;

export const COMPLETED: PassReport["end"] = { type: "completed", output: VALUE };
export const FAILED: PassReport["end"] = { type: "failed", error: { name: "Error", message: "no luck" } };
export const TRY_AGAIN: PassReport["end"] = { ...FAILED, retryDelayMs: 0 };

export function completedWith(data: string): PassReport["end"] {
  return { type: "completed", output: { data, type: "text/plain" } };
}

export function suspendedFor(...waits: NewWait[]): PassEnd & { type: "suspended" } {
  return { type: "suspended", waits };
}

export function waitForRun(
  task: string,
  occurrence = 0,
  fields: { maxAttempts?: number; digest?: string } = {},
): NewWait {
  const { maxAttempts = 1, digest = "d" } = fields;
  return { kind: "run", key: `run:${task}#${occurrence}`, digest, task, payload: VALUE, options: { maxAttempts } };
}

/** A batch with an item for each of `payloads`. With `runCount` the items were sent ahead. */
export function waitForBatch(
  payloads: readonly string[],
  fields: { digest?: string; runCount?: number } = {},
): NewWait {
  const { digest = "d", runCount = payloads.length } = fields;
  return { kind: "batch", key: "batch:#0", digest, runCount, items: items(payloads) };
}

export function items(payloads: readonly string[], from = 0): NewBatchItem[] {
  return payloads.map((data, i) => ({
    index: from + i,
    task: "child",
    payload: { data, type: "text/plain" },
    options: { maxAttempts: 1 },
  }));
}
