import type { FinalStatus, RunStatus } from "../../sdk/lib/wire.ts";

/** What a status means, for those who do not want to know all 13. */
export interface StatusFlags {
  readonly isQueued: boolean;
  readonly isExecuting: boolean;
  readonly isWaiting: boolean;
  readonly isCompleted: boolean;
  readonly isSuccess: boolean;
  readonly isFailed: boolean;
  readonly isCancelled: boolean;
}

type Phase = "queued" | "executing" | "waiting" | "completed";

const PHASES: Readonly<Record<Exclude<RunStatus, FinalStatus>, Phase> & Record<FinalStatus, "completed">> = {
  PENDING_VERSION: "queued",
  DELAYED: "queued",
  QUEUED: "queued",
  DEQUEUED: "executing",
  EXECUTING: "executing",
  WAITING: "waiting",
  COMPLETED: "completed",
  CANCELED: "completed",
  FAILED: "completed",
  CRASHED: "completed",
  SYSTEM_FAILURE: "completed",
  EXPIRED: "completed",
  TIMED_OUT: "completed",
};

/** Exactly one of queued, executing, waiting and completed holds. `isFailed`: final without success, cancelled too. */
export function statusFlags(status: RunStatus): StatusFlags {
  const phase = PHASES[status];
  return {
    isQueued: phase === "queued",
    isExecuting: phase === "executing",
    isWaiting: phase === "waiting",
    isCompleted: phase === "completed",
    isSuccess: status === "COMPLETED",
    isFailed: phase === "completed" && status !== "COMPLETED",
    isCancelled: status === "CANCELED",
  };
}
