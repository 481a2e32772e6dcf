import { parseDuration } from "../../sdk/lib/duration.ts";
import type { DebounceOptions } from "../../sdk/lib/journal.ts";
import { nextRoot, OWN_ROOT } from "../core/address.ts";
import { pushedUntil, withRequest } from "../core/debounce.ts";
import type { Run } from "../core/run.ts";
import { addRun } from "./add-run.ts";
import type { Admission, Admitted } from "./admission.ts";
import { cancelRun } from "./cancel-run.ts";
import { optionFields } from "./new-run.ts";
import { keepMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** Pushes the run of the key that has not started, or makes the next one. Whoever waits for it is told of its end. */
export function admitDebounced(turn: Turn, admission: Admission, debounce: DebounceOptions): Admitted {
  const { waiter, canceled, arrived: _, request = "", ...plan } = admission;
  const last = lastOf(turn);
  const isKnown = last?.debounce?.requests.includes(request) === true;
  if (last !== undefined && canceled === true && (isKnown || last.state.at === "delayed")) {
    // Others may have pushed it since: then it is theirs, too.
    if (last.debounce?.requests.every((one) => one === request) === true) cancelRun(turn, last.n);
    return { n: last.n, isCached: !isKnown };
  }
  const pushed = last !== undefined && !isKnown && push(turn, last, admission, debounce, request);
  if (last !== undefined && (isKnown || pushed)) {
    if (waiter?.group !== undefined) turn.addWaiting(last.n, waiter.group, waiter.n);
    return { n: last.n, isCached: pushed };
  }
  const n = last === undefined ? OWN_ROOT : nextRoot(last.n);
  const options = { ...plan.options, delay: debounce.delay };
  const held = { key: debounce.key, firstAt: turn.now, requests: [request] };
  addRun(turn, { ...plan, options, n }, held);
  if (canceled === true) cancelRun(turn, n);
  else if (waiter?.group !== undefined) turn.addWaiting(n, waiter.group, waiter.n);
  return { n, isCached: false };
}

/** The run that this very request has made or pushed, if it is the last one of its key. */
export function findDebounced(turn: Turn, request: string): Admitted | undefined {
  const last = lastOf(turn);
  return last?.debounce?.requests.includes(request) === true ? { n: last.n, isCached: false } : undefined;
}

/** False when the run is not pushed any more. */
function push(
  turn: Turn,
  last: Run,
  { options, payload }: Admission,
  { delay, maxDelay, mode }: DebounceOptions,
  request: string,
): boolean {
  const most = maxDelay === undefined ? {} : { maxDelayMs: parseDuration(maxDelay) ?? 0 };
  const until = pushedUntil(last, { delayMs: parseDuration(delay) ?? 0, ...most }, turn.now);
  if (until === undefined || last.debounce === undefined) return false;
  turn.apply(last.n, { type: "rescheduled", delay, until });
  const run = turn.run(last.n) ?? last;
  const requests = withRequest(last.debounce.requests, request);
  const latest = mode === "trailing" ? optionFields(options) : {};
  turn.replaceRun({ ...run, ...latest, debounce: { ...last.debounce, requests } });
  if (mode !== "trailing") return true;
  turn.replacePayload(last.n, payload);
  if (run.hasMetadata === true || options.metadata !== undefined) {
    keepMetadata(turn, last.n, { metadata: options.metadata ?? "{}" });
  }
  return true;
}

function lastOf(turn: Turn): Run | undefined {
  // Another trigger of this turn may have made it.
  turn.write();
  const n = turn.scans.lastRoot(OWN_ROOT);
  return n === undefined ? undefined : turn.run(n);
}
