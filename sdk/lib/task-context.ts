import type { Claim } from "./journal.ts";
import { decodeMetadata } from "./metadata-text.ts";
import type { TaskContext } from "./pass-context.ts";
import { taskQueueName } from "./queue.ts";

/** The `ctx` of a pass, from the claim that it executes. */
export function contextOf(claim: Claim): TaskContext {
  return {
    run: {
      id: claim.id,
      tags: claim.tags,
      ...(claim.metadata === undefined ? {} : { metadata: decodeMetadata(claim.metadata.text) }),
      isTest: claim.isTest === true,
      isReplay: claim.isReplay === true,
      createdAt: new Date(claim.createdAt),
      startedAt: new Date(claim.startedAt),
      maxAttempts: claim.maxAttempts,
      ...(claim.maxDuration === undefined ? {} : { maxDuration: claim.maxDuration }),
      ...(claim.priority === undefined ? {} : { priority: claim.priority }),
      ...(claim.idempotencyKey === undefined ? {} : { idempotencyKey: claim.idempotencyKey }),
      ...(claim.region === undefined ? {} : { region: claim.region }),
      ...(claim.version === undefined ? {} : { version: claim.version }),
      ...(claim.parentId === undefined ? {} : { parentTaskRunId: claim.parentId }),
      ...(claim.rootId === undefined ? {} : { rootTaskRunId: claim.rootId }),
    },
    attempt: { number: claim.attempt, startedAt: new Date(claim.attemptStartedAt) },
    task: { id: claim.task },
    queue: {
      name: claim.queue ?? taskQueueName(claim.task),
      ...(claim.concurrencyKey === undefined ? {} : { concurrencyKey: claim.concurrencyKey }),
    },
    ...(claim.machine === undefined ? {} : { machine: { name: claim.machine } }),
    ...(claim.batchId === undefined ? {} : { batch: { id: claim.batchId } }),
  };
}
