import type { JournalEntry } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import type { Debounced } from "../core/debounce.ts";
import type { Run } from "../core/run.ts";
import { newRun, type RunPlan } from "./new-run.ts";
import { keepMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** A run at the root of a group, with what it begins with. */
export interface RootRun extends Omit<RunPlan, "key" | "digest" | "madeIn"> {
  readonly payload: Packet;
  /** What a replay has seen already. */
  readonly recalled?: readonly JournalEntry[];
}

/** Makes the run; its path must be free. */
export function addRun(turn: Turn, { payload, recalled, ...plan }: RootRun, debounce?: Debounced): Run {
  const { n, options } = plan;
  if (recalled !== undefined) turn.store.insertRecalled(n, JSON.stringify(recalled));
  const recalls = recalled === undefined ? {} : { recalls: true as const };
  const made = newRun({ ...plan, ...recalls }, turn.now);
  const run = debounce === undefined ? made : { ...made, debounce };
  turn.add({ kind: "run", record: run }, payload);
  keepMetadata(turn, n, options);
  return run;
}
