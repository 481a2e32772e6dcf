import type { RunStatus } from "../../sdk/lib/wire.ts";

/** A run as the index knows it. Times are in milliseconds since 1970; `updatedAt` grows with every change of the run. */
export interface IndexRow {
  readonly id: string;
  readonly task: string;
  readonly status: RunStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly durationMs: number;
  readonly tags: readonly string[];
  readonly batchId: string | null;
  readonly isTest: boolean;
  readonly scheduleId?: string;
}
