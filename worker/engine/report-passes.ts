import type {
  Claim,
  ErrorInfo,
  LogLine,
  NewBatchWait,
  NewRunWait,
  NewTimeWait,
  NewTokenWait,
  NewWait,
  RunOptions,
  StoredOptions,
} from "../../sdk/lib/journal.ts";
import type { NewNotes } from "../../sdk/lib/notes.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { joinPath, keySegment, MAX_LOCAL_DEPTH, depthOf } from "../core/address.ts";
import type { Sent } from "../core/entry.ts";
import { parseId } from "../core/ids.ts";
import { owedDelay } from "../core/retry.ts";
import type { Run, RunEvent } from "../core/run.ts";
import { LOG_PREFIX } from "../storage/group-schema.ts";
import { newRun } from "./new-run.ts";
import { keepMetadata } from "./run-metadata.ts";
import { claimReady, type ClaimCall } from "./claim-runs.ts";
import { fillBatch, openBatch, sealBatch } from "./fill-batch.ts";
import { parentIdOf, rootIdOf, runDepth } from "./lineage.ts";
import type { FarGroups } from "./far-groups.ts";
import { isShared } from "./request-of.ts";
import { takeNotes } from "./take-notes.ts";
import type { Turn } from "./turn.ts";

/** What came of one pass, as its consumer tells the group. */
export interface PassReport {
  readonly n: string;
  readonly epoch: number;
  readonly end:
    | { readonly type: "completed"; readonly output: Packet }
    | Omit<RunEvent & { type: "failed" }, "epoch">
    | { readonly type: "suspended"; readonly waits: readonly NewWait[]; readonly activeMs?: number }
    /** The attempt took more than its `maxDuration`. */
    | { readonly type: "overran"; readonly error: ErrorInfo }
    /** The consumer's deployment does not have the task. */
    | { readonly type: "missing" }
    /** The run was canceled under this pass, whose code has ended now: its log lines and notes are taken, and its slot. */
    | { readonly type: "canceled" };
  /** New log lines, and how many this attempt has logged in all. */
  readonly logs: readonly LogLine[];
  readonly logged: number;
  /** What it has noted about its run that the group may not have yet. */
  readonly notes?: NewNotes | undefined;
}

export interface ReportAnswer {
  /** Runs that are handed out to the reporting consumer at once. */
  readonly claims: Claim[];
  /** Paths whose report came too late: somebody else has the run, or it is final. */
  readonly stale: string[];
}

/** Takes the reports of passes that ended close together; the answer carries the next claims, up to `take`. */
export function reportPasses(
  turn: Turn,
  passes: readonly PassReport[],
  take: number,
  by: ClaimCall,
  far: FarGroups,
): ReportAnswer {
  const stale: string[] = [];
  for (const pass of passes) if (!reportPass(turn, pass, far)) stale.push(pass.n);
  return { claims: claimReady(turn, take, by), stale };
}

function reportPass(turn: Turn, pass: PassReport, far: FarGroups): boolean {
  const { n, epoch, end } = pass;
  const run = turn.run(n);
  if (run?.state.at === "final" && run.epoch === epoch) {
    if (end.type === "canceled") {
      storeLogs(turn, run, pass.logs);
      takeNotes(turn, run, pass.notes, false);
    }
    // Its code has ended, though it may never have been told to.
    turn.apply(n, { type: "ceased", epoch });
  }
  if (run?.state.at !== "executing" || run.epoch !== epoch) return false;
  storeLogs(turn, run, pass.logs);
  takeNotes(turn, run, pass.notes, end.type !== "suspended");
  switch (end.type) {
    case "canceled":
      return false;
    case "completed":
      return turn.apply(n, { type: "completed", epoch, outcome: { ok: true, output: end.output } });
    case "failed":
      return turn.apply(n, { ...end, epoch });
    case "overran":
      return turn.apply(n, { type: "overran", epoch, error: end.error });
    case "missing":
      return turn.apply(n, { type: "missing", epoch });
    case "suspended": {
      const active = end.activeMs === undefined ? {} : { activeMs: end.activeMs };
      if (!turn.apply(n, { type: "suspended", epoch, logged: pass.logged, ...active })) return false;
      for (const wait of end.waits) makeWait(turn, run, wait, far);
      return true;
    }
  }
}

/** Makes what a pass wants to wait for, unless it is there. */
export function makeWait(turn: Turn, parent: Run, wait: NewWait, far: FarGroups): void {
  if (wait.kind === "batch") makeBatch(turn, parent, wait, far);
  else if (wait.kind === "time") makeTimer(turn, parent, wait);
  else if (wait.kind === "token") makeTokenWait(turn, parent, wait);
  else if (isShared(wait.options) || depthOf(parent.n) >= MAX_LOCAL_DEPTH) makeFarChild(turn, parent, wait, far);
  else makeChild(turn, parent, wait);
}

function makeChild(turn: Turn, parent: Run, wait: NewRunWait): void {
  const n = joinPath(parent.n, keySegment(wait.key, parent.attempt));
  if (turn.get(n) !== undefined) return;
  const { key, digest, task } = wait;
  const what = { task, options: withDefaults(wait.options), trigger: "triggerAndWait" as const };
  const origin = { key, digest, madeIn: parent.attempt, waiter: { n: parent.n } };
  turn.add({ kind: "run", record: newRun({ n, ...what, ...origin }, turn.now) }, wait.payload);
  keepMetadata(turn, n, what.options);
}

function makeFarChild(turn: Turn, parent: Run, wait: NewRunWait, far: FarGroups): void {
  const seg = keySegment(wait.key, parent.attempt);
  const n = joinPath(parent.n, seg);
  if (turn.get(n) !== undefined) return;
  const record: Sent = {
    ...describeSent(turn, parent, wait.key, wait.digest),
    ...(far.shared(wait.task, wait.options) ?? far.child(turn.runId(parent.n), seg)),
    what: "run",
    awaited: true,
    sealed: true,
    task: wait.task,
    options: withDefaults(wait.options),
  };
  turn.add({ kind: "sent", record }, wait.payload);
  turn.owing.add(n);
}

/** The part of a record of something sent elsewhere that follows from the run that sends it. */
export function describeSent(turn: Turn, parent: Run, key: string, digest: string) {
  return {
    n: joinPath(parent.n, keySegment(key, parent.attempt)),
    key,
    digest,
    madeIn: parent.attempt,
    madeAt: turn.now,
    parentId: turn.runId(parent.n),
    rootId: rootIdOf(turn, parent) ?? parentIdOf(turn, parent) ?? turn.runId(parent.n),
    depth: runDepth(turn, parent) + 1,
    state: "owed" as const,
    tries: 0,
    due: turn.now + owedDelay(0),
  };
}

function makeBatch(turn: Turn, parent: Run, wait: NewBatchWait, far: FarGroups): void {
  const n = batchPath(parent, wait.key, parent.attempt);
  openRunBatch(turn, parent, wait.key, wait.digest, wait.runCount);
  fillBatch(turn, n, wait.items.map(itemWithDefaults), "batchTriggerAndWait", far);
  sealBatch(turn, n);
}

/** Opens the batch that a run waits for; what an earlier attempt's batch under this key completed counts in it. */
export function openRunBatch(turn: Turn, parent: Run, key: string, digest: string, runCount: number): string {
  const n = batchPath(parent, key, parent.attempt);
  const base = earlierBatch(turn, parent, key);
  openBatch(turn, {
    n,
    runCount,
    key,
    digest,
    madeIn: parent.attempt,
    waiter: { n: parent.n },
    ...(base === undefined ? {} : { base }),
  });
  return n;
}

function earlierBatch(turn: Turn, parent: Run, key: string): string | undefined {
  for (let attempt = parent.attempt - 1; attempt >= 1; attempt -= 1) {
    const path = batchPath(parent, key, attempt);
    if (turn.batch(path) !== undefined) return path;
  }
  return undefined;
}

function batchPath(parent: Run, key: string, attempt: number): string {
  return joinPath(parent.n, keySegment(key, attempt));
}

function makeTimer(turn: Turn, run: Run, { key, digest, until }: NewTimeWait): void {
  const n = joinPath(run.n, keySegment(key, run.attempt));
  if (turn.get(n) === undefined) turn.addTimer({ n, key, digest, madeIn: run.attempt, madeAt: turn.now, until }, run.n);
}

/** Of the token only its group knows: it is asked to tell. An id that is none has nobody to ask. */
function makeTokenWait(turn: Turn, run: Run, { key, digest, token }: NewTokenWait): void {
  const n = joinPath(run.n, keySegment(key, run.attempt));
  if (turn.get(n) !== undefined) return;
  const what = { what: "token" as const, awaited: true, sealed: true, task: "", options: withDefaults({}) };
  const record: Sent = {
    ...describeSent(turn, run, key, digest),
    ...what,
    target: parseId("waitpoint", token)?.group ?? "",
    id: token,
  };
  turn.add({ kind: "sent", record }, { type: "application/json" });
  turn.owing.add(n);
}

/** Options as the consumer sends them: those of a task it knows have all defaults. */
export function withDefaults(options: StoredOptions): RunOptions {
  return { tags: [], maxAttempts: 1, ...options };
}

export function itemWithDefaults(item: NewBatchWait["items"][number]) {
  return { ...item, options: withDefaults(item.options) };
}

function storeLogs(turn: Turn, run: Run, logs: readonly LogLine[]): void {
  if (logs.length === 0) return;
  // Attempt and epoch grow, so the rows read in the order of writing.
  const seg = `${LOG_PREFIX}${run.epoch.toString().padStart(9, "0")}`;
  turn.store.insertLogs(run.n, seg, JSON.stringify({ attempt: run.attempt, lines: logs }));
}
