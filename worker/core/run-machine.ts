/**
 * The run machine: what an event makes of a run. Invariants, cited by the tests:
 *
 * 1. A final run never changes again, its tags and metadata aside.
 * 2. The waiter is told exactly once: it is owed the message from the transition that makes the run final.
 * 3. A claim or a report counts only with the current epoch; a stale one is an answer, not an error.
 * 4. Every run that is not final has a way on: a dispatch owed or in flight, a due time, or a wait that will settle.
 * 5. No clock, randomness or I/O here.
 * 6. A run is handed out to one call at a time: an epoch is claimed once. The same call, made again since its answer was
 *    lost, is given the same claim.
 * 7. An attempt is counted when it starts, and never more than `maxAttempts` start.
 * 8. A settlement that comes while a pass executes is not lost: the pass's suspension resumes at once.
 * 9. A run of a queue with limits is handed out only between a grant and the wish that gives its slot back; of two
 *    wishes, the queue heeds the later one, and is owed it until it has heard it.
 */
import type { ErrorInfo, Outcome } from "../../sdk/lib/journal.ts";
import type { FinalStatus } from "../../sdk/lib/wire.ts";
import { withPastAttempt } from "./past-attempts.ts";
import { owedDelay, resendDelay } from "./retry.ts";
import {
  HELD_BACK,
  type Run,
  type RunEffect,
  type RunEvent,
  type RunState,
  type Telling,
  type Transition,
} from "./run.ts";
import { cease, hear, untilCeased, wishAgain } from "./slot.ts";
import { wantsSlot, withoutDue, withWish, type Want } from "./wish.ts";

const LONG_PAUSE_MS = 30_000;

export function transition(run: Run, event: RunEvent, now: number): Transition {
  if (event.type === "heard") return hear(run, event.number);
  if (event.type === "ceased") return cease(run, event.epoch, now);
  if (event.type === "due" && (run.wish?.due ?? Infinity) <= now) return wishAgain(run, now);
  if (run.telling !== undefined) return tell(run, run.telling, event, now);
  if (run.state.at === "final") return { ignored: "final" };
  switch (event.type) {
    case "claimed":
      return claim(run, event, now);
    case "completed":
      if (!isCurrent(run, event.epoch)) return { ignored: "stale" };
      return finish(run, "COMPLETED", event.outcome, now);
    case "failed":
      if (!isCurrent(run, event.epoch)) return { ignored: "stale" };
      return fail(run, event, now);
    case "suspended":
      return suspend(run, event, now);
    case "overran":
      if (!isCurrent(run, event.epoch)) return { ignored: "stale" };
      return finish(run, "TIMED_OUT", { ok: false, error: event.error }, now);
    case "missing":
      return park(run, event.epoch, now);
    case "released":
      if (run.state.at !== "queued" || run.state.due !== HELD_BACK) return { ignored: "out of place" };
      return begin(run, now);
    case "rescheduled":
      if (run.state.at !== "delayed") return { ignored: "out of place" };
      return begin({ ...run, delay: event.delay, delayedUntil: event.until }, now);
    case "settled":
      return settle(run, now);
    case "due":
      return wake(run, now);
    case "renewed":
      if (run.state.at !== "executing" || event.due <= run.state.due) return { ignored: "out of place" };
      return { run: { ...run, state: { ...run.state, due: event.due } }, effects: [] };
    case "canceled":
      return finish(run, "CANCELED", { ok: false, error: CANCELED }, now);
    case "granted":
      return grant(run, event.number, now);
    case "told":
      return { ignored: "out of place" };
  }
}

/** How a new run begins, or one whose delay has ended: with its delay, or ready; then its time to live starts. */
export function beginning(run: Omit<Run, "state">, now: number): Pick<Run, "state" | "expiresAt" | "wish"> {
  const { delayedUntil, ttl, wish } = run;
  if (delayedUntil !== undefined && delayedUntil > now) return { state: { at: "delayed", due: delayedUntil } };
  const timed = ttl === undefined ? {} : { expiresAt: now + ttl * 1000 };
  if (wish !== undefined) {
    const state: RunState = { at: "pending", fresh: true, alone: false, ...dueAt(timed.expiresAt) };
    return { ...timed, state, wish: withWish(wish, "start", now) };
  }
  const due = nextLook(timed, now + resendDelay(0));
  return { ...timed, state: { at: "queued", fresh: true, alone: false, sends: 0, due } };
}

function begin(run: Run, now: number): Transition {
  const { state, ...timed } = beginning(run, now);
  const effects: RunEffect[] = [];
  if (state.at === "queued") effects.push({ type: "dispatch", epoch: run.epoch, alone: false });
  if (state.at === "pending") effects.push({ type: "wish" });
  return move({ ...run, ...timed }, state, now, effects);
}

/**
 * Makes a run ready: the state to store and the dispatch that is owed for it. One that has a slot goes on with it; each
 * attempt needs a new one.
 */
function queue(run: Run, how: { fresh: boolean; alone: boolean }, now: number): Transition {
  if (run.wish !== undefined && (how.fresh || run.state.at === "waiting")) return lineUp(run, how, now);
  const state: RunState = { at: "queued", ...how, sends: 0, due: nextLook(run, now + resendDelay(0)) };
  return move(run, state, now, [{ type: "dispatch", epoch: run.epoch, alone: how.alone }]);
}

/** Has the run wait for a slot. */
function lineUp(run: Run, how: { fresh: boolean; alone: boolean; missing?: true }, now: number): Transition {
  const { fresh, alone, missing } = how;
  const isStarted = run.startedAt !== undefined;
  const state: RunState = {
    ...{ at: "pending", fresh, alone },
    ...(missing === true ? { missing } : {}),
    ...(isStarted ? {} : dueAt(run.expiresAt)),
  };
  return move(run, state, now, [], fresh ? (isStarted ? "retry" : "start") : "resume");
}

function grant(run: Run, number: number, now: number): Transition {
  if (run.state.at !== "pending" || run.wish?.number !== number) return { ignored: "stale" };
  const { fresh, alone, missing } = run.state;
  const how = missing === true ? { fresh, alone, missing } : { fresh, alone };
  const state: RunState = { at: "queued", ...how, sends: 0, due: nextLook(run, now + resendDelay(0)) };
  const effects: RunEffect[] = [{ type: "dispatch", epoch: run.epoch, alone }];
  // Nobody outside sees a difference.
  return { run: { ...run, wish: withoutDue(run.wish), state }, effects };
}

function dueAt(due: number | undefined): { readonly due?: number } {
  return due === undefined ? {} : { due };
}

/** The earlier of two times: when a dispatch is sent again, and when a run that has not started expires. */
function nextLook(run: Pick<Run, "startedAt" | "expiresAt">, resendAt: number): number {
  return run.startedAt === undefined ? Math.min(resendAt, run.expiresAt ?? resendAt) : resendAt;
}

function hasExpired(run: Run, now: number): boolean {
  return run.startedAt === undefined && run.expiresAt !== undefined && run.expiresAt <= now;
}

function claim(run: Run, event: RunEvent & { type: "claimed" }, now: number): Transition {
  const { epoch, call, leaseMs } = event;
  if (run.state.at === "executing" && run.state.call === call && run.epoch === epoch + 1) {
    return { run: { ...run, state: { ...run.state, due: Math.max(run.state.due, now + leaseMs) } }, effects: [] };
  }
  if (run.state.at !== "queued" || epoch !== run.epoch) return { ignored: "stale" };
  if (hasExpired(run, now)) return expire(run, now);
  const { fresh } = run.state;
  const attempt = fresh
    ? { attempt: run.attempt + 1, attemptStartedAt: now, logged: 0, startedAt: run.startedAt ?? now }
    : {};
  const active = fresh && run.maxDuration !== undefined ? { activeMs: 0 } : {};
  return move(
    { ...run, ...attempt, ...active, epoch: run.epoch + 1 },
    { at: "executing", call, fresh, news: false, due: now + leaseMs },
    now,
    [],
  );
}

/**
 * The claim is undone, as far as the attempt goes, and no time to live runs any more; the run is handed out again at the
 * pace of lost dispatches.
 */
function park(run: Run, epoch: number, now: number): Transition {
  if (run.state.at !== "executing" || epoch !== run.epoch) return { ignored: "stale" };
  const { fresh } = run.state;
  const sends = (run.parked ?? 0) + 1;
  const { startedAt, expiresAt: _, ...rest } = run;
  const attempt = fresh ? run.attempt - 1 : run.attempt;
  const parked: Run = {
    ...rest,
    ...(attempt === 0 || startedAt === undefined ? {} : { startedAt }),
    attempt,
    parked: sends,
  };
  const state: RunState = { at: "queued", fresh, alone: false, missing: true, sends, due: now + resendDelay(sends) };
  return move(parked, state, now, [], attempt === 0 ? "nothing" : "place");
}

function expire(run: Run, now: number): Transition {
  const message = `The run did not start within its time to live of ${run.ttl} seconds.`;
  return finish(run, "EXPIRED", { ok: false, error: { name: "RunExpiredError", message } }, now);
}

function suspend(run: Run, event: RunEvent & { type: "suspended" }, now: number): Transition {
  const { epoch, logged, activeMs = 0 } = event;
  if (run.state.at !== "executing" || epoch !== run.epoch) return { ignored: "stale" };
  const active = run.maxDuration === undefined ? {} : { activeMs: (run.activeMs ?? 0) + activeMs };
  const rested = { ...run, logged: Math.max(run.logged, logged), ...active };
  if (run.state.news) return queue(rested, { fresh: false, alone: false }, now);
  return move(rested, { at: "waiting" }, now, [], "place");
}

function settle(run: Run, now: number): Transition {
  switch (run.state.at) {
    case "waiting":
      return queue(run, { fresh: false, alone: false }, now);
    case "executing":
      if (run.state.news) return { ignored: "out of place" };
      return { run: { ...run, state: { ...run.state, news: true } }, effects: [] };
    default:
      // Queued or between attempts: the next claim reads the journal anyway.
      return { ignored: "out of place" };
  }
}

function wake(run: Run, now: number): Transition {
  const { state } = run;
  if (state.at === "waiting" || state.at === "final") return { ignored: "out of place" };
  if ((state.due ?? Infinity) > now) return { ignored: "early" };
  switch (state.at) {
    case "delayed":
      return begin(run, now);
    case "pending":
      return expire(run, now);
    case "queued": {
      if (hasExpired(run, now)) return expire(run, now);
      // Handed to a deployment without its task, it gave its slot back.
      if (run.wish !== undefined && !wantsSlot(run.wish.want)) return lineUp(run, state, now);
      const sends = state.sends + 1;
      const again: RunState = { ...state, sends, due: nextLook(run, now + resendDelay(sends)) };
      return { run: { ...run, state: again }, effects: [{ type: "dispatch", epoch: run.epoch, alone: state.alone }] };
    }
    case "retrying":
      return queue(run, { fresh: true, alone: false }, now);
    case "executing":
      // A crash may be the run's own doing: it goes on alone, so that it takes nobody else down.
      if (run.attempt >= run.maxAttempts) return finish(run, "CRASHED", { ok: false, error: crashed(run) }, now);
      return queue(withPastAttempt(run, crashed(run), now), { fresh: true, alone: true }, now);
  }
}

function fail(run: Run, event: RunEvent & { type: "failed" }, now: number): Transition {
  const { error, retryDelayMs, machine, isCrash } = event;
  if (retryDelayMs === undefined || run.attempt >= run.maxAttempts) {
    return finish(run, isCrash === true ? "CRASHED" : "FAILED", { ok: false, error }, now);
  }
  const failed = withPastAttempt(machine === undefined ? run : { ...run, machine }, error, now);
  if (retryDelayMs <= 0) return queue(failed, { fresh: true, alone: false }, now);
  const state: RunState = { at: "retrying", long: retryDelayMs >= LONG_PAUSE_MS, due: now + retryDelayMs };
  return move(failed, state, now, [], "place");
}

function finish(run: Run, status: FinalStatus, outcome: Outcome, now: number): Transition {
  const effects: RunEffect[] = [{ type: "keep", outcome }];
  const state: RunState = { at: "final", status };
  // The slot of code that is told to stop is its own until it has.
  const isStopping = (status === "CANCELED" || status === "TIMED_OUT") && run.state.at === "executing";
  const want = isStopping ? undefined : "nothing";
  const ended: Run = { ...(isStopping ? untilCeased(run, run.state.due) : run), finishedAt: now };
  if (run.waiter === undefined) return move(ended, state, now, effects, want);
  effects.push({ type: "settle", waiter: run.waiter });
  const far = run.waiter.group !== undefined;
  const telling = far ? { telling: { tries: 0, due: now + owedDelay(0) } } : {};
  return move({ ...ended, ...telling }, state, now, effects, want);
}

/** The run is final, and owes the message to a waiter in another group until that was carried out. */
function tell(run: Run, telling: Telling, event: RunEvent, now: number): Transition {
  if (event.type === "told") {
    const { telling: _, ...rest } = run;
    return { run: rest, effects: [] };
  }
  if (event.type !== "due") return { ignored: "final" };
  if (telling.due > now) return { ignored: "early" };
  const effects: RunEffect[] = run.waiter === undefined ? [] : [{ type: "settle", waiter: run.waiter }];
  const tries = telling.tries + 1;
  return { run: { ...run, telling: { tries, due: now + owedDelay(tries) } }, effects };
}

/**
 * `updatedAt` grows with every change that others can see, so that a late write of an older one is recognised. `want` is what
 * it wants of its queue from now on, if that has limits.
 */
function move(run: Run, state: RunState, now: number, effects: readonly RunEffect[], want?: Want): Transition {
  const moved = { ...run, state, updatedAt: Math.max(now, run.updatedAt + 1) };
  if (want === undefined || run.wish === undefined || (want === "nothing" && run.wish.want === want)) {
    return { run: moved, effects };
  }
  return { run: { ...moved, wish: withWish(run.wish, want, now) }, effects: [...effects, { type: "wish" }] };
}

function isCurrent(run: Run, epoch: number): boolean {
  return run.state.at === "executing" && epoch === run.epoch;
}

const CANCELED: ErrorInfo = { name: "RunCanceledError", message: "The run was canceled." };

function crashed(run: Run): ErrorInfo {
  return {
    name: "RunCrashedError",
    message:
      `The runtime stopped or stopped answering while attempt ${run.attempt} of ${run.maxAttempts} was executing. ` +
      "A task that uses too much memory or CPU time does this; so does a deploy in mid-run.",
  };
}
