import type { Outcome, Seen } from "../../sdk/lib/journal.ts";
import { splitPath } from "../core/address.ts";
import { dueOf, type Sent, type Timer } from "../core/entry.ts";
import { owedDelay } from "../core/retry.ts";
import { timeOutToken } from "./tokens.ts";
import type { Turn } from "./turn.ts";

/** Looks at entries whose time has come. */
export function wakeDue(turn: Turn, due: readonly string[]): void {
  for (const n of due) {
    const entry = turn.get(n);
    // What another of them has changed in this turn may be due no more.
    if (entry === undefined || (dueOf(entry) ?? Infinity) > turn.now) continue;
    switch (entry.kind) {
      case "run":
        turn.apply(n, { type: "due" });
        break;
      case "batch":
        turn.applyToBatch(n, { type: "due", unclaimed: turn.scans.hasHeldItems(n) });
        break;
      case "sent": {
        const tries = entry.record.tries + 1;
        turn.put({ kind: "sent", record: { ...entry.record, tries, due: turn.now + owedDelay(tries) } });
        turn.owing.add(n);
        break;
      }
      case "letter": {
        const tries = entry.record.tries + 1;
        turn.put({ kind: "letter", record: { ...entry.record, tries, due: turn.now + owedDelay(tries) } });
        turn.owing.add(n);
        break;
      }
      case "timer":
        ring(turn, entry.record);
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
      case "delivery":
        break;
    }
  }
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
