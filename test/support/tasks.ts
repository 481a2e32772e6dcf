import { tasks } from "../../worker/tasks.ts";
import { batchTasks } from "./tasks-batches.ts";
import { bulkTasks } from "./tasks-bulk.ts";
import { cancelTasks } from "./tasks-cancel.ts";
import { hookTasks } from "./tasks-hooks.ts";
import { keyTasks } from "./tasks-keys.ts";
import { largeTasks } from "./tasks-large.ts";
import { noteTasks } from "./tasks-notes.ts";
import { queueTasks } from "./tasks-queues.ts";
import { parallelTasks } from "./tasks-parallel.ts";
import { raceTasks } from "./tasks-races.ts";
import { replayTasks } from "./tasks-replay.ts";
import { retryTasks } from "./tasks-retries.ts";
import { runTasks } from "./tasks-runs.ts";
import { scheduleTasks } from "./tasks-schedules.ts";
import { stepTasks } from "./tasks-steps.ts";
import { timeTasks } from "./tasks-time.ts";
import { tokenTasks } from "./tasks-tokens.ts";
import { valueTasks } from "./tasks-values.ts";
import { waitTasks } from "./tasks-waits.ts";
import { webhookTasks } from "./tasks-webhooks.ts";

/** Tasks that tests trigger; the examples among them. */
export const testTasks = [
  ...[...tasks, ...runTasks, ...valueTasks, ...waitTasks, ...parallelTasks, ...batchTasks],
  ...[
    ...replayTasks,
    ...retryTasks,
    ...stepTasks,
    ...cancelTasks,
    ...timeTasks,
    ...largeTasks,
    ...hookTasks,
    ...keyTasks,
    ...tokenTasks,
  ],
  ...[...noteTasks, ...queueTasks, ...bulkTasks, ...raceTasks, ...webhookTasks, ...scheduleTasks],
];
