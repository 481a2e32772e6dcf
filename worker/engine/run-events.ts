import type { RunEvent } from "../../sdk/lib/event-wire.ts";
import { isFinal, statusOf, type Run } from "../core/run.ts";
import { attemptsOf, type Attempt } from "./describe-attempts.ts";
import { viewOf, type EntryView } from "./entry-view.ts";
import type { Turn } from "./turn.ts";

/** What has happened to a run, oldest first, but for what it has logged. Later events come behind those of now. */
export function eventsOf(turn: Turn, run: Run): RunEvent[] {
  const events = [...ofBeginning(turn, run)];
  const attempts = attemptsOf(run, turn.outcome(run.n));
  for (const attempt of attempts) events.push(...ofAttempt(run, attempt));
  for (const entry of turn.scans.heads(run.n)) {
    const view = viewOf(turn, entry);
    if (view !== undefined) events.push(...ofEntry(view));
  }
  const inOrder = events.sort((a, b) => a.at.getTime() - b.at.getTime());
  if (!isFinal(run)) return inOrder;
  const status = statusOf(run);
  return [...inOrder, event(run.finishedAt ?? run.updatedAt, "run.ended", `ended as ${status}`, { status })];
}

function* ofBeginning(turn: Turn, run: Run): Generator<RunEvent> {
  const replay = run.replayedFrom === undefined ? "" : ` as a replay of ${run.replayedFrom}`;
  yield event(run.createdAt, "run.triggered", `triggered by ${run.trigger}${replay}`, { taskIdentifier: run.task });
  const { delayedUntil, expiresAt, ttl, startedAt } = run;
  const isDelayed = delayedUntil !== undefined && delayedUntil > run.createdAt;
  if (isDelayed) yield event(run.createdAt, "run.delayed", `until ${new Date(delayedUntil).toISOString()}`);
  // The clock of a time to live starts when the run is queued; without one, that is when it could start.
  const queuedAt =
    expiresAt !== undefined && ttl !== undefined ? expiresAt - ttl * 1000 : isDelayed ? delayedUntil : run.createdAt;
  if (run.state.at !== "delayed" && queuedAt <= (run.finishedAt ?? turn.now))
    yield event(queuedAt, "run.queued", "queued");
  if (startedAt !== undefined) yield event(startedAt, "run.started", "started");
}

function* ofAttempt(run: Run, { number, startedAt, finishedAt, error }: Attempt): Generator<RunEvent> {
  const attempt = { attempt: number };
  yield event(startedAt, "attempt.started", `attempt ${number} of ${run.maxAttempts}`, attempt);
  if (finishedAt === undefined) return;
  if (error === undefined) {
    yield event(finishedAt, "attempt.completed", `attempt ${number} completed`, attempt);
    return;
  }
  yield event(finishedAt, "attempt.failed", `${error.name}: ${error.message}`, { ...attempt, error });
  const isLast = number === run.attempt && isFinal(run);
  if (!isLast) yield event(finishedAt, "retry", `attempt ${number + 1} is to follow`, { attempt: number + 1 });
}

function* ofEntry(view: EntryView): Generator<RunEvent> {
  const { kind, message, startedAt, finishedAt, ok, ...rest } = view;
  if (kind === "trigger") {
    yield event(startedAt, "trigger", `triggered ${message}`, rest);
    return;
  }
  const { error: _, status: __, ...known } = rest;
  if (kind === "wait") yield event(startedAt, "wait.started", `waits for ${message}`, known);
  if (finishedAt === undefined) return;
  const type = `${kind}.${ok ? "completed" : "failed"}` as const;
  yield event(finishedAt, type, message, { ...rest, durationMs: finishedAt - startedAt });
}

function event(at: number, type: RunEvent["type"], message: string, fields: Partial<RunEvent> = {}): RunEvent {
  return { at: new Date(at), type, message, ...fields };
}
