import type { ErrorInfo, LogLine, NewBatchWait, NewWait } from "../../sdk/lib/journal.ts";
import { notesSize } from "../../sdk/lib/notes.ts";
import type { PassReport } from "./report-passes.ts";

/** What a report takes in a message, in characters, roughly. */
export function reportSize({ end, logs, notes }: PassReport): number {
  return logs.reduce((sum, line) => sum + lineSize(line), 500 + endSize(end) + notesSize(notes));
}

/** What a wait that a pass wants made takes. */
export function waitSize(wait: NewWait): number {
  if (wait.kind === "time" || wait.kind === "token") return 100;
  return wait.kind === "run" ? itemSize(wait) : 200 + batchSize(wait.items);
}

export function batchSize(items: NewBatchWait["items"]): number {
  return items.reduce((sum, item) => sum + itemSize(item), 0);
}

export function itemSize({ payload, options }: Pick<NewBatchWait["items"][number], "payload" | "options">): number {
  return 200 + (payload.data?.length ?? 0) + (options.metadata?.length ?? 0);
}

function endSize(end: PassReport["end"]): number {
  switch (end.type) {
    case "completed":
      return end.output.data?.length ?? 0;
    case "failed":
    case "overran":
      return errorSize(end.error);
    case "suspended":
      return end.waits.reduce((sum, wait) => sum + waitSize(wait), 0);
    case "canceled":
    case "missing":
      return 0;
  }
}

function errorSize({ name, message, stack = "" }: ErrorInfo): number {
  return name.length + message.length + stack.length;
}

function lineSize({ message, fields = "" }: LogLine): number {
  return 60 + message.length + fields.length;
}
