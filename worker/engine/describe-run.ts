import { describeRunSchedule } from "./describe-schedule.ts";
import { packetToJson } from "../../sdk/lib/packet.ts";
import type { BatchObject, RunObject } from "../../sdk/lib/wire.ts";
import { itemIndex, splitPath } from "../core/address.ts";
import { batchStatus, type Batch } from "../core/batch.ts";
import { statusOf, type Run } from "../core/run.ts";
import { statusFlags } from "../core/status-flags.ts";
import type { IndexRow } from "../storage/index-row.ts";
import { describeAttempts } from "./describe-attempts.ts";
import { parentIdOf, parentPath, rootIdOf, runDepth, runOfId } from "./lineage.ts";
import { metadataOf } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** How many children a run object shows; a list by batch, or the batch itself, has all. */
const CHILDREN_SHOWN = 25;

export type RelatedRun = NonNullable<RunObject["relatedRuns"]["root"]>;

/** A run in full. `packets`: payload and output as packets, for readers with superjson; else as decoded JSON. */
export function describeRun(turn: Turn, run: Run, packets: boolean): RunObject {
  const payload = turn.payload(run.n);
  const outcome = turn.outcome(run.n);
  const output = outcome?.ok === true ? outcome.output : undefined;
  const metadata = metadataOf(turn, run);
  const parentTaskRunId = parentIdOf(turn, run);
  const rootTaskRunId = rootIdOf(turn, run);
  return {
    ...summary(turn, run),
    ...(packets ? { payloadPacket: payload } : { payload: packetToJson(payload) }),
    ...(output === undefined ? {} : packets ? { outputPacket: output } : { output: packetToJson(output) }),
    ...(outcome?.ok === false ? { error: describeError(outcome.error) } : {}),
    ...(metadata === undefined ? {} : { metadata }),
    attemptCount: run.attempt,
    attempts: describeAttempts(run, outcome),
    ...(run.schedule === undefined ? {} : { schedule: describeRunSchedule(run.schedule) }),
    ...(run.replayedFrom === undefined ? {} : { replayedFrom: run.replayedFrom }),
    ...(parentTaskRunId === undefined ? {} : { parentTaskRunId }),
    ...(rootTaskRunId === undefined ? {} : { rootTaskRunId }),
    relatedRuns: relatedRuns(turn, run),
  };
}

/** A run without its values. */
export function summary(turn: Turn, run: Run): RelatedRun {
  const status = statusOf(run);
  const { parent } = splitPath(run.n);
  return {
    id: turn.runId(run.n),
    status,
    ...statusFlags(status),
    taskIdentifier: run.task,
    isTest: run.isTest === true,
    createdAt: new Date(run.createdAt),
    updatedAt: new Date(run.updatedAt),
    ...(run.delayedUntil === undefined ? {} : { delayedUntil: new Date(run.delayedUntil) }),
    ...(run.ttl === undefined ? {} : { ttl: `${run.ttl}s` }),
    ...(status === "EXPIRED" && run.finishedAt !== undefined ? { expiredAt: new Date(run.finishedAt) } : {}),
    ...(run.hold === undefined ? {} : { idempotencyKey: run.hold.key }),
    ...(run.version === undefined ? {} : { version: run.version }),
    ...(run.region === undefined ? {} : { region: run.region }),
    ...(run.startedAt === undefined ? {} : { startedAt: new Date(run.startedAt) }),
    ...(run.finishedAt === undefined ? {} : { finishedAt: new Date(run.finishedAt) }),
    tags: [...run.tags],
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: durationOf(run, turn.now),
    ...(turn.batch(parent) === undefined ? {} : { batchId: turn.batchId(parent) }),
    depth: runDepth(turn, run),
    triggerFunction: run.trigger,
  };
}

function describeError(error: { name: string; message: string; stack?: string }): RunObject["error"] {
  const { name, message, stack } = error;
  return { name, message, ...(stack === undefined ? {} : { stackTrace: stack }) };
}

function relatedRuns(turn: Turn, run: Run): RunObject["relatedRuns"] {
  const parent = parentPath(turn, run.n);
  const rootId = rootIdOf(turn, run);
  const root = rootId === undefined ? undefined : runOfId(turn, rootId);
  const above = parent === undefined ? undefined : turn.run(parent);
  const children: RunObject["relatedRuns"]["children"] = [];
  for (const child of madeNothing(run) ? [] : childRuns(turn, run.n)) {
    children.push(summary(turn, child));
    if (children.length >= CHILDREN_SHOWN) break;
  }
  return {
    ...(root === undefined ? {} : { root: summary(turn, root) }),
    ...(above === undefined ? {} : { parent: summary(turn, above) }),
    ...(children.length === 0 ? {} : { children }),
  };
}

/** The runs right below a path, those of batches among them. */
function* childRuns(turn: Turn, n: string): Generator<Run> {
  for (const entry of turn.scans.family(n)) {
    if (entry.kind === "run") yield entry.record;
    if (entry.kind === "batch") yield* childRuns(turn, entry.record.n);
  }
}

/** Whether the run was over after one pass: then it never waited for anything that it made. */
function madeNothing(run: Run): boolean {
  return run.epoch === 1 && run.state.at === "final" && run.state.status === "COMPLETED";
}

/** Time from the first start to the end, or to now. Milliseconds. */
function durationOf(run: Run, now: number): number {
  return run.startedAt === undefined ? 0 : (run.finishedAt ?? now) - run.startedAt;
}

export function describeBatch(turn: Turn, batch: Batch): BatchObject {
  const runs: string[] = [];
  const errors: BatchObject["processing"]["errors"] = [];
  if (batch.base !== undefined) runs.push(...(baseRuns(turn, batch.base) ?? []));
  for (const entry of turn.scans.heads(batch.n)) {
    const index = itemIndex(splitPath(entry.record.n).seg);
    // Which run holds an item's key is known once it has been asked for.
    if (entry.kind === "sent" && (entry.record.state === "done" || entry.record.settled !== undefined)) {
      runs[index] = entry.record.id;
    }
    if (entry.kind !== "run") continue;
    const run = entry.record;
    runs[index] = turn.runId(run.n);
    if (statusOf(run) !== "SYSTEM_FAILURE") continue;
    const outcome = turn.outcome(run.n);
    const error = outcome?.ok === false ? outcome.error.message : "The run could not be started.";
    errors.push({ index, taskIdentifier: run.task, error });
  }
  return {
    id: turn.batchId(batch.n),
    status: batchStatus(batch),
    createdAt: new Date(batch.createdAt),
    updatedAt: new Date(batch.updatedAt),
    runCount: batch.runCount,
    // Items that have not arrived leave holes; the batch of an earlier attempt may have had more of them.
    runs: runs.slice(0, batch.runCount).filter((id) => id !== undefined),
    processing: { errors, ...(batch.finishedAt === undefined ? {} : { completedAt: new Date(batch.finishedAt) }) },
  };
}

function baseRuns(turn: Turn, base: string): string[] | undefined {
  const batch = turn.batch(base);
  return batch === undefined ? undefined : describeBatch(turn, batch).runs;
}

export function indexRow(turn: Turn, run: Run): IndexRow {
  const { parent } = splitPath(run.n);
  return {
    id: turn.runId(run.n),
    task: run.task,
    status: statusOf(run),
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    startedAt: run.startedAt ?? null,
    finishedAt: run.finishedAt ?? null,
    durationMs: durationOf(run, turn.now),
    tags: run.tags,
    batchId: turn.batch(parent) === undefined ? null : turn.batchId(parent),
    isTest: run.isTest === true,
    ...(run.schedule === undefined ? {} : { scheduleId: run.schedule.id }),
  };
}
