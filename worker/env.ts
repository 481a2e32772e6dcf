import type { BulkAction } from "./objects/bulk-action.ts";
import type { RunGroup } from "./objects/run-group.ts";
import type { IndexGatherer } from "./objects/index-gatherer.ts";
import type { PacketHold } from "./objects/packet-hold.ts";
import type { QueueKeeper } from "./objects/queue-keeper.ts";
import type { ScheduleKeeper } from "./objects/schedule-keeper.ts";
import type { ScheduleRoster } from "./objects/schedule-roster.ts";
import type { WebhookDesk } from "./objects/webhook-desk.ts";
import type { DispatchMessage } from "./queue/message.ts";

/** The bindings and variables of a deployment, as `wrangler.toml` names them. */
export interface Env {
  readonly RUN_GROUP: DurableObjectNamespace<RunGroup>;
  readonly INDEX_GATHERER: DurableObjectNamespace<IndexGatherer>;
  readonly QUEUE_KEEPER: DurableObjectNamespace<QueueKeeper>;
  readonly PACKET_HOLD: DurableObjectNamespace<PacketHold>;
  readonly BULK_ACTION: DurableObjectNamespace<BulkAction>;
  readonly SCHEDULE_KEEPER: DurableObjectNamespace<ScheduleKeeper>;
  readonly SCHEDULE_ROSTER: DurableObjectNamespace<ScheduleRoster>;
  readonly WEBHOOK_DESK: DurableObjectNamespace<WebhookDesk>;
  readonly RUN_QUEUE: Queue<DispatchMessage>;
  readonly RUN_INDEX: D1Database;
  /** The secret keys that clients may use, separated by commas (several for rotation). */
  readonly RUNLET_SECRET_KEY?: string;
  /**
   * How dispatches reach a consumer: "queue", the default, or "direct", past the queue: for `wrangler dev` and
   * `workerd serve`, whose queues have one batch or a few in flight. Not for a deployment, where passes would be cut off.
   */
  readonly RUNLET_DISPATCH?: "queue" | "direct";
  /**
   * Where this deployment is reached from outside, for all addresses of it. Default: where the Worker is asked at; what tasks make has
   * a path only.
   */
  readonly RUNLET_PUBLIC_URL?: string;
  /** Where it listens on this machine, as the scripts that start it know: for what tasks make. */
  readonly RUNLET_LOCAL_URL?: string;
  /** How long a claim lasts without renewal, in seconds. Default 60. Tests of crashes shorten it. */
  readonly RUNLET_LEASE_SECONDS?: string;
  /**
   * For how many days runs are kept after the last of their group is final. Fractions are allowed; 0 keeps them for ever.
   * Default 30.
   */
  readonly RUNLET_RETENTION_DAYS?: string;
}
