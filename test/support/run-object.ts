import type { RunObject } from "../../sdk/lib/wire.ts";

/** A run as the platform gives it on the wire, with what a test says of it. */
export function wireRun(fields: object = {}): object {
  return {
    id: "run_1",
    status: "COMPLETED",
    taskIdentifier: "echo",
    isQueued: false,
    isExecuting: false,
    isWaiting: false,
    isCompleted: true,
    isSuccess: true,
    isFailed: false,
    isCancelled: false,
    isTest: false,
    createdAt: "2026-01-02T03:04:05.678Z",
    updatedAt: "2026-01-02T03:04:06.000Z",
    tags: [],
    costInCents: 0,
    baseCostInCents: 0,
    durationMs: 0,
    attemptCount: 1,
    depth: 0,
    triggerFunction: "trigger",
    relatedRuns: {},
    ...fields,
  };
}

/** The same, as a door gives it. */
export function runObject(fields: Partial<RunObject> = {}): RunObject {
  const at = new Date("2026-01-02T03:04:05.678Z");
  return { ...wireRun(), createdAt: at, updatedAt: at, ...fields } as RunObject;
}
