import type { JournalEntry } from "./journal.ts";
import type { PassDoor } from "./pass-door.ts";
import type { Stand } from "./stand.ts";

/** Something that a run waits for, or has waited for. */
export type TaskWait =
  /** A time: the one that it waits for, or the one at which the wait was over. */
  | { readonly type: "duration"; readonly date: Date }
  /** A token that others complete. */
  | { readonly type: "token"; readonly tokenId: string }
  /**
   * A child run of the task `task`. `onWait` is told no `runId` of one that is waited for with an `idempotencyKey` or `debounce`: which
   * run that is, is known when it has ended.
   */
  | { readonly type: "task"; readonly runId?: string; readonly task: string }
  /** A batch of `runCount` children. */
  | { readonly type: "batch"; readonly batchId: string; readonly runCount: number };

/** What a run stands at, as it is told to hooks. */
export function describeStand(stand: Stand, door: Pick<PassDoor, "idOf">): TaskWait {
  switch (stand.kind) {
    case "run":
      return {
        type: "task",
        ...(stand.isShared ? {} : { runId: door.idOf("run", stand.key, stand.madeIn) }),
        task: stand.task,
      };
    case "batch":
      return { type: "batch", batchId: door.idOf("batch", stand.key, stand.madeIn), runCount: stand.runCount };
    case "token":
      return { type: "token", tokenId: stand.id };
    case "time":
      return { type: "duration", date: new Date(stand.until) };
  }
}

/** What has settled since the pass before the one of this epoch, in the order of settling: what the run resumes from. */
export function settledFor(epoch: number, journal: readonly JournalEntry[]): TaskWait[] {
  return journal
    .filter(({ seen }) => seen?.epoch === epoch && seen.phase === "before")
    .sort((a, b) => (a.seen?.at ?? 0) - (b.seen?.at ?? 0))
    .flatMap((entry) => {
      const wait = waitOf(entry);
      return wait === undefined ? [] : [wait];
    });
}

function waitOf(entry: JournalEntry): TaskWait | undefined {
  switch (entry.kind) {
    case "run":
      return entry.settled && { type: "task", runId: entry.settled.id, task: entry.settled.task };
    case "batch":
      return { type: "batch", batchId: entry.id, runCount: entry.settled?.length ?? 0 };
    case "token":
      return { type: "token", tokenId: entry.id };
    case "time":
      return { type: "duration", date: new Date(entry.seen?.at ?? 0) };
    case "step":
    case "trigger":
    case "batchTrigger":
      return undefined;
  }
}
