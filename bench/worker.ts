import { createWorker } from "../worker/create-worker.ts";
import { benchTasks } from "./tasks.ts";

export {
  BulkAction,
  IndexGatherer,
  PacketHold,
  PassRunner,
  QueueKeeper,
  RunGroup,
  WebhookDesk,
} from "../worker/create-worker.ts";

/** The platform with the tasks of the bench, and nothing else: this is what is timed. */
export default createWorker({ tasks: benchTasks });
