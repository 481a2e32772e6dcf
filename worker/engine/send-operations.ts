import { runOfId } from "./lineage.ts";
import type { MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import { operationSize } from "../../sdk/lib/metadata-draft.ts";
import { joinPath, splitPath } from "../core/address.ts";
import { unseen, type Delivery, type Letter } from "../core/letter.ts";
import { owedDelay } from "../core/retry.ts";
import type { Run } from "../core/run.ts";
import { LETTER_PREFIX } from "../storage/group-schema.ts";
import { applyOrWarn } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** A letter is in one row: what would make it longer, in characters at most, is left out. */
const LONGEST = 3_000_000;

/** Applies operations of `run` to the metadata of the run with this id: at once in this group, by letter in another. */
export function sendOperations(turn: Turn, run: Run, id: string, operations: readonly MetadataOperation[]): void {
  const here = runOfId(turn, id);
  if (here === undefined) owe(turn, run, id, operations);
  else applyOrWarn(turn, here.n, operations);
}

function owe(turn: Turn, run: Run, target: string, operations: readonly MetadataOperation[]): void {
  const n = letterPath(run.n, target);
  const known = letterAt(turn, n);
  const size = operations.reduce((sum, operation) => sum + operationSize(operation), known?.size ?? 0);
  if (size > LONGEST) {
    console.warn(`runlet: changes of metadata from ${turn.runId(run.n)} to ${target} are too many: these are left out`);
    return;
  }
  const due = turn.now + owedDelay(0);
  if (known === undefined) {
    const letter: Letter = { n, target, from: 0, operations, size, tries: 0, due };
    turn.add({ kind: "letter", record: letter }, { type: "application/json" });
  } else {
    const all = [...known.operations, ...operations];
    turn.put({ kind: "letter", record: { ...known, operations: all, size, due: known.due ?? due } });
  }
  turn.owing.add(n);
}

/** The letter at this path. */
function letterAt(turn: Turn, n: string): Letter | undefined {
  const entry = turn.get(n);
  return entry?.kind === "letter" ? entry.record : undefined;
}

/** What the letter at `n` brings to its target; undefined when nothing is owed. */
export function deliveryOf(turn: Turn, n: string): (Delivery & { readonly target: string }) | undefined {
  const letter = letterAt(turn, n);
  if (letter?.due === undefined) return undefined;
  const { target, from, operations } = letter;
  return { sender: turn.runId(splitPath(n).parent), target, from, operations };
}

/** The other group has answered for everything before the operation `upTo`. */
export function delivered(turn: Turn, n: string, upTo: number): void {
  const letter = letterAt(turn, n);
  if (letter === undefined || upTo <= letter.from) return;
  const { due, ...rest } = letter;
  const operations = unseen(letter.operations, letter.from, upTo);
  const size = operations.reduce((sum, operation) => sum + operationSize(operation), 0);
  const owed = operations.length === 0 || due === undefined ? {} : { due };
  turn.put({ kind: "letter", record: { ...rest, operations, size, from: upTo, tries: 0, ...owed } });
}

/** Takes what a run of another group brings; what has come before changes nothing. */
export function takeDelivery(turn: Turn, n: string, { sender, from, operations }: Delivery): void {
  if (turn.run(n) === undefined) return;
  const rows = turn.store.metadata;
  const fresh = unseen(operations, from, rows.readReceipt(n, sender));
  if (fresh.length === 0) return;
  applyOrWarn(turn, n, fresh);
  rows.writeReceipt(n, sender, from + operations.length);
}

/** The dots of an id are those of a path. */
function letterPath(run: string, target: string): string {
  return joinPath(run, LETTER_PREFIX + target.replaceAll(".", ":"));
}
