import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "../support/tasks-outside.ts";
import { chaosTasks, payments } from "./tasks.ts";

export {
  BulkAction,
  IndexGatherer,
  PacketHold,
  PassRunner,
  QueueKeeper,
  RunGroup,
  WebhookDesk,
} from "../../worker/create-worker.ts";

export default createWorker({ tasks: chaosTasks, endpoints: [payments], fetch: serveOutside });
