import * as counting from "../test/support/counting.ts";
import * as platform from "../worker/create-worker.ts";
import { queues, queueTasks } from "./queue-tasks.ts";
import { tock } from "./schedule-tasks.ts";
import { benchTasks } from "./tasks.ts";

/** Counts of one job: those of the isolate, and the requests of the Worker itself. */
export interface BenchCounts extends counting.Counts {
  /** Requests over HTTP, and batches of the queue. */
  workerRequests: number;
}

counting.countRequests("RunGroup", platform.RunGroup);
counting.countRequests("IndexGatherer", platform.IndexGatherer);
counting.countRequests("QueueKeeper", platform.QueueKeeper);
counting.countRequests("PacketHold", platform.PacketHold);
counting.countRequests("ScheduleKeeper", platform.ScheduleKeeper);
counting.countRequests("ScheduleRoster", platform.ScheduleRoster);

export { BulkAction, PassRunner, ScheduleRoster, WebhookDesk } from "../worker/create-worker.ts";

export class RunGroup extends platform.RunGroup {
  constructor(ctx: DurableObjectState, env: platform.Env) {
    counting.countQueue(env.RUN_QUEUE);
    counting.countDatabase(env.RUN_INDEX);
    super(ctx, env);
    counting.countStorage(ctx.storage, this);
  }
}

export class IndexGatherer extends platform.IndexGatherer {
  constructor(ctx: DurableObjectState, env: platform.Env) {
    counting.countDatabase(env.RUN_INDEX);
    super(ctx, env);
  }
}

export class QueueKeeper extends platform.QueueKeeper {
  constructor(ctx: DurableObjectState, env: platform.Env) {
    super(ctx, env);
    counting.countStorage(ctx.storage, this);
  }
}

export class PacketHold extends platform.PacketHold {
  constructor(ctx: DurableObjectState, env: platform.Env) {
    super(ctx, env);
    counting.countStorage(ctx.storage, this);
  }
}

export class ScheduleKeeper extends platform.ScheduleKeeper {
  constructor(ctx: DurableObjectState, env: platform.Env) {
    counting.countDatabase(env.RUN_INDEX);
    super(ctx, env);
    counting.countStorage(ctx.storage, this, "schedule");
  }
}

const worker = platform.createWorker({ tasks: [...benchTasks, ...queueTasks, tock], queues: Object.values(queues) });
let workerRequests = 0;

/** The platform with the tasks of the bench, counted. GET /bench/counts reads the counts, DELETE sets them to nothing. */
export default {
  async fetch(request: Request, env: platform.Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname === "/bench/counts") {
      if (request.method === "DELETE") {
        counting.resetCounts();
        workerRequests = 0;
      }
      return Response.json({ ...counting.readCounts(), workerRequests } satisfies BenchCounts);
    }
    workerRequests += 1;
    return worker.fetch(request, env, ctx);
  },

  async queue(...parameters: Parameters<typeof worker.queue>): Promise<void> {
    workerRequests += 1;
    await worker.queue(...parameters);
  },
};
