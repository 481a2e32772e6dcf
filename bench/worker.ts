import { createWorker } from "../worker/create-worker.ts";
import { queues, queueTasks } from "./queue-tasks.ts";
import { benchTasks } from "./tasks.ts";
import { hooked } from "./webhook-tasks.ts";

export {
  BulkAction,
  IndexGatherer,
  PacketHold,
  PassRunner,
  QueueKeeper,
  RunGroup,
  ScheduleKeeper,
  ScheduleRoster,
  WebhookDesk,
} from "../worker/create-worker.ts";

/** The platform with the tasks of the bench, and nothing else: this is what is timed. */
export default createWorker({ tasks: [...benchTasks, ...queueTasks, hooked], queues: Object.values(queues) });
