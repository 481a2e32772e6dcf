import { task } from "runlet";
import { createWorker } from "runlet/worker";

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
} from "runlet/worker";

const double = task({
  id: "double",
  run: async (payload: { readonly value: number; readonly at: Date }) => ({
    doubled: payload.value * 2,
    at: payload.at,
  }),
});

export default createWorker({ tasks: [double], fetch: () => new Response("the Worker's own route") });
