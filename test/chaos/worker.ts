import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "../support/tasks-outside.ts";
import { everythingTasks } from "./everything.ts";
import { tick } from "./schedule-tasks.ts";
import { chaosTasks, payments } from "./tasks.ts";

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

export default createWorker({
  tasks: [...chaosTasks, ...everythingTasks, tick],
  endpoints: [payments],
  fetch: serveOutside,
});
