import type { JournalEntry } from "../../sdk/lib/journal.ts";

/**
 * What of a journal, in the order in which it was seen, came before the step or wait `from`; undefined when that is not
 * in it. What has not been seen to its end is not among it, nor what the step `from` triggered inside. Nor is what hooks
 * did: they announce what happens to a run, and that happens anew. Middleware is part of the task.
 */
export function journalBefore(inOrder: readonly JournalEntry[], from: string): JournalEntry[] | undefined {
  const found = inOrder.find(({ key }) => key === from);
  if (found === undefined) return undefined;
  const end = found.seen === undefined ? inOrder.length : inOrder.indexOf(found);
  return inOrder
    .slice(0, end)
    .filter((entry) => isWhole(entry) && !isInside(entry.key, from) && !isOfHook(entry.key))
    .map((entry, at) => ({ ...entry, attempt: 0, seen: { epoch: 0, phase: "during", at } }));
}

/** Whether a failure has come of it, in part at least: a later attempt does not bear that. */
export function hasFailed(entry: JournalEntry): boolean {
  switch (entry.kind) {
    case "run":
      return entry.settled?.outcome.ok === false;
    case "batch":
      return entry.error !== undefined || entry.settled?.some(({ outcome }) => !outcome.ok) === true;
    case "step":
      return !entry.settled.ok;
    case "token":
      return entry.settled?.ok === false;
    default:
      return false;
  }
}

function isWhole(entry: JournalEntry): boolean {
  return entry.seen !== undefined && !("sealed" in entry && !entry.sealed);
}

/** What is done inside of a step has the step's key in its own. */
function isInside(key: string, step: string): boolean {
  return key.slice(key.indexOf(":") + 1).startsWith(`${step}/`);
}

function isOfHook(key: string): boolean {
  return key.startsWith("hook:") && !/^hook:[^/@]*middleware/.test(key);
}
