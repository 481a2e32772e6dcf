import { joinPath, splitPath } from "../core/address.ts";
import { owedDelay } from "../core/retry.ts";
import { HELD, HELD_BACK } from "../core/run.ts";
import type { Turn } from "./turn.ts";

/** Items of a batch that a turn keeps until its end, to write them once. */
const MOST_UNWRITTEN = 1_000;

/** A batch is sealed: its items are handed out, or sent to where their keys are; those with clocks of their own begin these. */
export function startItems(turn: Turn, batch: string): void {
  const hasKeyed = turn.batch(batch)?.hasKeyed === true;
  // Those made in this turn are written once, as what they become: claimed, if they are handed out in its answer.
  const made = turn.added().filter((n) => splitPath(n).parent === batch);
  const isKept = made.length <= MOST_UNWRITTEN && !hasKeyed;
  if (!isKept) {
    for (const n of made) release(turn, n);
    turn.write();
  }
  for (const seg of turn.scans.heldItems(batch, HELD)) begin(turn, joinPath(batch, seg));
  for (const seg of turn.scans.heldItems(batch, HELD_BACK)) release(turn, joinPath(batch, seg));
  for (const n of isKept ? made : []) {
    const state = turn.run(n)?.state;
    if (state?.at === "queued" && state.due === HELD) begin(turn, n);
    else release(turn, n);
  }
  if (hasKeyed) sendItems(turn, batch);
}

function begin(turn: Turn, n: string): void {
  turn.ready.push({ n, epoch: 0, alone: false });
}

function release(turn: Turn, n: string): void {
  turn.apply(n, { type: "released" });
}

/** Items with a key are to be started where their key is. */
function sendItems(turn: Turn, batch: string): void {
  for (const item of turn.scans.sentItems(batch)) {
    if (item.state !== "held") continue;
    turn.put({ kind: "sent", record: { ...item, state: "owed", due: turn.now + owedDelay(0) } });
    turn.owing.add(item.n);
  }
}
