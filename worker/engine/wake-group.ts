import type { Outcome, Seen } from "../../sdk/lib/journal.ts";
import { splitPath } from "../core/address.ts";
import type { Sent, Timer } from "../core/entry.ts";
import { owedDelay } from "../core/retry.ts";
import { timeOutToken } from "./tokens.ts";
import { letterAt } from "./send-operations.ts";
import type { Turn } from "./turn.ts";

const PAGE = 500;

/** Looks at every entry whose time has come. Returns false when there may be more: then it is to be called again. */
export function wakeDue(turn: Turn): boolean {
  const page = turn.scans.due(turn.now, PAGE);
  for (const entry of page) {
    const { n } = entry.record;
    switch (entry.kind) {
      case "run":
        turn.apply(n, { type: "due" });
        break;
      case "batch":
        turn.applyToBatch(n, { type: "due", unclaimed: turn.scans.hasHeldItems(n) });
        break;
      case "sent": {
        const sent = turn.sent(n) ?? entry.record;
        const tries = sent.tries + 1;
        turn.put({ kind: "sent", record: { ...sent, tries, due: turn.now + owedDelay(tries) } });
        turn.owing.add(n);
        break;
      }
      case "letter": {
        const letter = letterAt(turn, n) ?? entry.record;
        const tries = letter.tries + 1;
        turn.put({ kind: "letter", record: { ...letter, tries, due: turn.now + owedDelay(tries) } });
        turn.owing.add(n);
        break;
      }
      case "timer":
        ring(turn, entry.record);
        break;
      case "delivery":
        break;
      case "token":
        timeOutToken(turn, entry.record);
        break;
      case "waiting": {
        const tries = entry.record.tries + 1;
        turn.put({ kind: "waiting", record: { ...entry.record, tries, due: turn.now + owedDelay(tries) } });
        turn.owing.add(n);
        break;
      }
      case "step":
        break;
    }
  }
  return page.length < PAGE;
}

/** The time that a run waits for has come. */
function ring(turn: Turn, timer: Timer): void {
  const { parent } = splitPath(timer.n);
  const seenIn = (turn.run(parent)?.epoch ?? 0) + 1;
  turn.put({ kind: "timer", record: { ...timer, finishedAt: turn.now, seenIn } });
  turn.apply(parent, { type: "settled" });
}

/**
 * A run that was started in another group has ended: its parent here goes on. Twice is harmless. `id` is that of the run that
 * holds the key, where it has one.
 */
export function settleFar(turn: Turn, n: string, outcome: Outcome, id?: string): void {
  const sent = turn.sent(n);
  if (sent === undefined || !sent.awaited || sent.settled !== undefined) return;
  const { parent } = splitPath(n);
  const settled = { ok: outcome.ok, finishedAt: turn.now };
  const seen: Seen = { epoch: (turn.run(parent)?.epoch ?? 0) + 1, phase: "before", at: turn.now };
  const { due: _, ...told } = sent;
  // A cancellation that is still owed goes on to what that run has started itself.
  const rest: Sent = sent.state === "owed" ? { ...told, state: "done" } : sent;
  turn.put({ kind: "sent", record: { ...rest, settled, seen, ...(id === undefined ? {} : { id }) } }, outcome);
  if (turn.batch(parent) !== undefined) turn.applyToBatch(parent, { type: "finished", items: 1 });
  else turn.apply(parent, { type: "settled" });
}
