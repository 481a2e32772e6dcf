import type { BulkActionObject } from "../../sdk/lib/wire.ts";
import type { BulkVerb } from "../core/bulk.ts";
import type { RunFilter } from "../storage/run-index.ts";

/** A bulk action to be made: on the runs with these ids, each once, or on those that fit the filter. */
export interface BulkPlan {
  readonly verb: BulkVerb;
  readonly name?: string;
  readonly region?: string;
  readonly runIds?: readonly string[];
  readonly filter?: RunFilter;
}

/** What the object of a bulk action answers to. Every call may be made twice. */
export interface BulkApi {
  /** Begins the action, unless it was begun. */
  create(plan: BulkPlan): Promise<void>;
  /** Null when there is no such action. */
  describe(): Promise<BulkActionObject | null>;
  /** Does no more; one that is over stays as it is. False when there is no such action. */
  abort(): Promise<boolean>;
}
