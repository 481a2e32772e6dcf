/**
 * The Worker of this repository: the platform with the tasks of `tasks.ts`.
 *
 * fetch    http/ parses a request, engine/ places it with its run group, the group stores it and sends a dispatch
 * queue    queue/ takes dispatches, claims their runs, executes passes and reports them to their groups
 * objects  RunGroup holds runs and decides by core/; QueueKeeper gives the slots of a queue with limits; IndexGatherer
 *          writes the index of many groups together; PacketHold holds a payload that comes before its trigger; BulkAction
 *          cancels or replays many runs, page by page; ScheduleKeeper ticks, ScheduleRoster knows the schedules of the code;
 *          WebhookDesk gives events to runs that wait for them
 * scheduled  heals what no request has made live
 */
import { createWorker } from "./create-worker.ts";
import { tasks } from "./tasks.ts";

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
} from "./create-worker.ts";

export default createWorker({ tasks });
