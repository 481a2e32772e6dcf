import { describe, expect, test } from "vitest";
import { FINAL_STATUSES, RUN_STATUSES, type RunStatus } from "../../sdk/lib/wire.ts";
import { statusFlags } from "../../worker/core/status-flags.ts";

/** The flags that hold for each status. */
const EXPECTED: Readonly<Record<RunStatus, readonly string[]>> = {
  PENDING_VERSION: ["isQueued"],
  DELAYED: ["isQueued"],
  QUEUED: ["isQueued"],
  DEQUEUED: ["isExecuting"],
  EXECUTING: ["isExecuting"],
  WAITING: ["isWaiting"],
  COMPLETED: ["isCompleted", "isSuccess"],
  CANCELED: ["isCompleted", "isFailed", "isCancelled"],
  FAILED: ["isCompleted", "isFailed"],
  CRASHED: ["isCompleted", "isFailed"],
  SYSTEM_FAILURE: ["isCompleted", "isFailed"],
  EXPIRED: ["isCompleted", "isFailed"],
  TIMED_OUT: ["isCompleted", "isFailed"],
};

describe("statusFlags", () => {
  test.each(RUN_STATUSES)("tells what %s means", (status) => {
    const held = Object.entries(statusFlags(status)).filter(([, value]) => value);
    expect(held.map(([name]) => name)).toEqual(EXPECTED[status]);
  });

  test("calls a run completed exactly when its status is final", () => {
    const completed = RUN_STATUSES.filter((status) => statusFlags(status).isCompleted);
    expect(completed).toEqual([...FINAL_STATUSES]);
  });
});
