import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "../support/tasks-outside.ts";
import { scheduleTasks } from "./schedule-tasks.ts";

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
} from "../../worker/create-worker.ts";

/** Apart from the other one: schedules of the code would tick in every test. */
export default createWorker({ tasks: scheduleTasks, fetch: serveOutside });
