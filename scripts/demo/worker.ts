import { makeAlbum, makePage, resizePhoto } from "../../examples/album.ts";
import { shipOrder } from "../../examples/order.ts";
import { hello } from "../../examples/tasks.ts";
import { createWorker } from "../../worker/create-worker.ts";

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

/** The platform with the tasks of the demo, whatever `worker/tasks.ts` has become. */
export default createWorker({ tasks: [hello, makeAlbum, makePage, resizePhoto, shipOrder] });
