import type { NewBatchItem, Outcome } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { joinPath, keySegment } from "../core/address.ts";
import type { Sent } from "../core/entry.ts";
import type { Run } from "../core/run.ts";
import { fillBatch } from "./fill-batch.ts";
import { describeSent, openRunBatch, withDefaults } from "./report-passes.ts";
import type { Turn } from "./turn.ts";

/** Something that a pass wants remembered before it goes on. */
export type NewRecord =
  | { readonly kind: "step"; readonly key: string; readonly digest: string; readonly outcome: Outcome }
  /** A run to be started in another group; its start is this group's business from here on. */
  | {
      readonly kind: "trigger";
      readonly key: string;
      readonly digest: string;
      readonly task: string;
      readonly payload: Packet;
      readonly tags: readonly string[];
      readonly maxAttempts: number;
      readonly target: string;
      readonly id: string;
    }
  /** A batch in another group, which the pass fills and seals; then once more with `sealed`. */
  | {
      readonly kind: "batchTrigger";
      readonly key: string;
      readonly digest: string;
      readonly target: string;
      readonly id: string;
      readonly sealed: boolean;
    }
  /** Items of a batch that the pass will wait for, sent ahead of its report. */
  | {
      readonly kind: "items";
      readonly key: string;
      readonly digest: string;
      readonly runCount: number;
      readonly items: readonly NewBatchItem[];
    };

/** Keeps what a pass has done so far. False, and nothing kept, when the run is no longer this pass's. */
export function recordEntries(turn: Turn, n: string, epoch: number, records: readonly NewRecord[]): boolean {
  const run = turn.run(n);
  if (run?.state.at !== "executing" || run.epoch !== epoch) return false;
  for (const record of records) keep(turn, run, record);
  return true;
}

function keep(turn: Turn, run: Run, record: NewRecord): void {
  const n = joinPath(run.n, keySegment(record.key, run.attempt));
  switch (record.kind) {
    case "step": {
      const { key, digest, outcome } = record;
      if (turn.get(n) !== undefined) return;
      turn.keepStep({ n, key, digest, madeIn: run.attempt, ok: outcome.ok, finishedAt: turn.now }, outcome);
      return;
    }
    case "trigger": {
      if (turn.get(n) !== undefined) return;
      const { key, digest, task, payload, tags, maxAttempts, target, id } = record;
      const sent: Sent = {
        ...describeSent(turn, run, key, digest),
        ...{ what: "run", awaited: false, task, tags, maxAttempts, target, id },
      };
      turn.add({ kind: "sent", record: sent }, payload);
      turn.owing.add(n);
      return;
    }
    case "batchTrigger": {
      const known = turn.sent(n);
      if (known !== undefined) {
        const { due: _, ...rest } = known;
        if (record.sealed && known.state === "owed") turn.put({ ...rest, state: "done" });
        return;
      }
      const { due: _, ...described } = describeSent(turn, run, record.key, record.digest);
      const what = { what: "batch" as const, awaited: false, task: "", tags: [], maxAttempts: 1 };
      turn.add({ kind: "sent", record: { ...described, ...what, target: record.target, id: record.id } }, NO_PAYLOAD);
      return;
    }
    case "items": {
      const batch = openRunBatch(turn, run, record.key, record.digest, record.runCount);
      fillBatch(turn, batch, record.items.map(withDefaults), "batchTriggerAndWait");
      return;
    }
  }
}

const NO_PAYLOAD: Packet = { type: "application/json" };
