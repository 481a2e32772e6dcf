import { FINAL_STATUSES, type RunStatus } from "../../sdk/lib/wire.ts";

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

const QUEUED: readonly RunStatus[] = ["PENDING_VERSION", "DELAYED", "QUEUED"];
const EXECUTING: readonly RunStatus[] = ["DEQUEUED", "EXECUTING"];
const FINAL: readonly RunStatus[] = FINAL_STATUSES;

/** Exactly one of queued, executing, waiting and completed holds. `isFailed`: final without success, cancelled too. */
export function statusFlags(status: RunStatus): StatusFlags {
  const isCompleted = FINAL.includes(status);
  return {
    isQueued: QUEUED.includes(status),
    isExecuting: EXECUTING.includes(status),
    isWaiting: status === "WAITING",
    isCompleted,
    isSuccess: status === "COMPLETED",
    isFailed: isCompleted && status !== "COMPLETED",
    isCancelled: status === "CANCELED",
  };
}
