import type { Claim } from "../../sdk/lib/journal.ts";
import { splitPath } from "../core/address.ts";
import { NEW_HEAD } from "../core/metadata-head.ts";
import type { Run } from "../core/run.ts";
import { parentIdOf, rootIdOf, runDepth } from "./lineage.ts";
import { ANSWER_BUDGET, readJournal } from "./read-journal.ts";
import type { Ready, Turn } from "./turn.ts";

/** A call that hands runs out. Each has a name of its own, by which it is known when it is made again. */
export interface ClaimCall {
  readonly call: string;
  readonly leaseMs: number;
}

/**
 * Hands runs out: each of them that is ready with this epoch becomes a claim, and so does each that this same call was given
 * before. Claims beyond what one answer carries come `deferred`, to be read one by one with `reloadClaim`.
 */
export function claimRuns(turn: Turn, wanted: readonly { n: string; epoch: number }[], by: ClaimCall): Claim[] {
  // A dispatch that came twice, in one batch, names its runs twice.
  const claimed = new Set<string>();
  for (const { n, epoch } of wanted) {
    // A claim can find that the run has expired.
    if (turn.apply(n, { type: "claimed", epoch, ...by }) && turn.run(n)?.state.at === "executing") claimed.add(n);
  }
  // Written before they are read, so that a child made and claimed in one turn costs one row.
  turn.write();
  const claims: Claim[] = [];
  let budget = ANSWER_BUDGET;
  for (const n of claimed) {
    const run = turn.run(n);
    if (run === undefined) continue;
    if (budget <= 0) {
      claims.push(describe(turn, run, { deferred: true }));
      continue;
    }
    const { claim, size } = readClaim(turn, run, budget);
    claims.push(claim);
    budget -= size;
  }
  return claims;
}

/** A claim that its consumer still holds, whole; undefined when it holds it no longer. */
export function reloadClaim(turn: Turn, n: string, epoch: number): Claim | undefined {
  const run = turn.run(n);
  if (run?.state.at !== "executing" || run.epoch !== epoch) return undefined;
  return readClaim(turn, run, ANSWER_BUDGET).claim;
}

/** What this call has been given already, when it is made again since its answer was lost. Reads the whole group. */
export function claimAgain(turn: Turn, by: ClaimCall): Claim[] {
  const given = turn.scans.claimedBy(by.call).map(({ n, epoch }) => ({ n, epoch: epoch - 1 }));
  return claimRuns(turn, given, by);
}

/** Claims runs that this turn has made ready, up to `take`; the others stay ready. Runs set apart are left to a dispatch. */
export function claimReady(turn: Turn, take: number, by: ClaimCall): Claim[] {
  if (take <= 0) return [];
  const taken: Ready[] = [];
  const left: Ready[] = [];
  for (const ready of turn.ready) (taken.length < take && !ready.alone ? taken : left).push(ready);
  turn.ready = left;
  return claimRuns(turn, taken, by);
}

function readClaim(turn: Turn, run: Run, budget: number): { claim: Claim; size: number } {
  const payload = turn.payload(run.n);
  const metadata = readMetadata(turn, run);
  const size = 500 + (payload.data?.length ?? 0) + (metadata.metadata?.text.length ?? 0);
  // The first claim of a run finds nothing that it could remember.
  if (run.epoch === 1 && run.recalls !== true) return { claim: describe(turn, run, { payload, ...metadata }), size };
  const { entries, after, size: journalSize } = readJournal(turn, run, undefined, budget);
  const claim = describe(turn, run, {
    payload,
    ...metadata,
    journal: entries,
    ...(after === undefined ? {} : { journalAfter: after }),
  });
  return { claim, size: size + journalSize };
}

function describe(turn: Turn, run: Run, body: Partial<Claim>): Claim {
  const { parent } = splitPath(run.n);
  const parentId = parentIdOf(turn, run);
  const rootId = rootIdOf(turn, run);
  return {
    n: run.n,
    id: turn.runId(run.n),
    epoch: run.epoch,
    attempt: run.attempt,
    isFirstPass: run.state.at === "executing" && run.state.fresh,
    maxAttempts: run.maxAttempts,
    ...activeTime(run),
    ...(run.isTest === undefined ? {} : { isTest: run.isTest }),
    ...(run.replayedFrom === undefined ? {} : { isReplay: true }),
    ...(run.priority === undefined ? {} : { priority: run.priority }),
    ...(run.queue === undefined ? {} : { queue: run.queue }),
    ...(run.concurrencyKey === undefined ? {} : { concurrencyKey: run.concurrencyKey }),
    ...(run.machine === undefined ? {} : { machine: run.machine }),
    ...(run.region === undefined ? {} : { region: run.region }),
    ...(run.version === undefined ? {} : { version: run.version }),
    ...(run.hold === undefined ? {} : { idempotencyKey: run.hold.key }),
    task: run.task,
    payload: { type: "application/json" },
    tags: run.tags,
    createdAt: run.createdAt,
    startedAt: run.startedAt ?? turn.now,
    attemptStartedAt: run.attemptStartedAt,
    claimedAt: turn.now,
    ...(parentId === undefined ? {} : { parentId }),
    ...(rootId === undefined ? {} : { rootId }),
    depth: runDepth(turn, run),
    ...(turn.batch(parent) === undefined ? {} : { batchId: turn.batchId(parent) }),
    logged: run.logged,
    journal: [],
    ...body,
  };
}

/** The changes that a replay leaves out are those of its own attempt. */
function readMetadata(turn: Turn, { n, attempt, hasMetadata }: Run): Pick<Claim, "metadata"> {
  if (hasMetadata !== true) return {};
  const { draft, head } = turn.metadata.open(n);
  const { counted, refused = [] } = head.attempt === attempt ? head : NEW_HEAD;
  return {
    metadata: { text: JSON.stringify(draft.value), counted, ...(refused.length === 0 ? {} : { refused }) },
  };
}

function activeTime({ maxDuration, activeMs = 0 }: Run): Pick<Claim, "maxDuration" | "activeMsLeft"> {
  return maxDuration === undefined ? {} : { maxDuration, activeMsLeft: maxDuration * 1000 - activeMs };
}
