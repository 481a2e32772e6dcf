import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "./tasks-outside.ts";
import { queues } from "./tasks-queues.ts";
import { lonely, payments } from "./tasks-webhooks.ts";
import { testTasks } from "./tasks.ts";

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

/** The Worker that the tests run: the platform with tasks made for them, and their way to tell the test what they do. */
export default createWorker({
  tasks: testTasks,
  queues: Object.values(queues),
  endpoints: [lonely, payments],
  fetch: serveOutside,
});
