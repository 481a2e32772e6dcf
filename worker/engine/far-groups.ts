import type { StoredOptions } from "../../sdk/lib/journal.ts";
import { BATCH_ROOT, OWN_ROOT } from "../core/address.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { childGroupName, debounceGroupName, keyGroupName } from "./place-trigger.ts";

/** The object of another group, and the id of the run or batch at its root. */
export interface Far {
  readonly target: string;
  readonly id: string;
}

/** Where runs and batches are that do not belong into the group at hand. */
export class FarGroups {
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  /** What a run triggers without waiting, or awaits too deep down. */
  child(parentId: string, seg: string, what: "run" | "batch" = "run"): Far {
    return this.named(childGroupName(parentId, seg), what);
  }

  /** The runs of a task with an idempotency key. The id is that of the first. */
  key(task: string, key: string): Far {
    return this.named(keyGroupName(task, key), "run");
  }

  /** Where a run belongs that others may have made before: that of its key. Undefined for one without. */
  shared(task: string, { idempotencyKey, debounce }: StoredOptions): Far | undefined {
    if (idempotencyKey !== undefined) return this.key(task, idempotencyKey);
    return debounce === undefined ? undefined : this.named(debounceGroupName(task, debounce.key), "run");
  }

  private named(name: string, what: "run" | "batch"): Far {
    const target = this.env.RUN_GROUP.idFromName(name).toString();
    return { target, id: formatId(what, encodeGroup(target), what === "run" ? OWN_ROOT : BATCH_ROOT) };
  }
}
