import type { Admission, Admitted } from "./admission.ts";
import { admitDebounced } from "./admit-debounced.ts";
import { admitKeyed } from "./admit-keyed.ts";
import { cancelRun } from "./cancel-run.ts";
import { newRun } from "./new-run.ts";
import { keepMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** Makes the run unless it is there already; says whether it was. A retried or repeated request finds the first one. */
export function admitRun(turn: Turn, admission: Admission): Admitted {
  const { idempotencyKey, debounce } = admission.options;
  if (idempotencyKey !== undefined) return admitKeyed(turn, admission);
  if (debounce !== undefined) return admitDebounced(turn, admission, debounce);
  const { n, canceled } = admission;
  const present = turn.run(n);
  if (present !== undefined) {
    if (canceled === true) {
      cancelRun(turn, n);
      // Whatever the run has come to, what it started goes on below it and belongs to what was canceled.
      turn.cancelBelow(n);
    }
    return { n, isCached: true, createdAt: present.createdAt };
  }
  const { payload, canceled: _, recalled, ...plan } = admission;
  if (recalled !== undefined) turn.store.insertRecalled(n, JSON.stringify(recalled));
  const recalls = recalled === undefined ? {} : { recalls: true as const };
  turn.add({ kind: "run", record: newRun({ ...plan, ...recalls }, turn.now) }, payload);
  keepMetadata(turn, n, plan.options);
  if (canceled === true) cancelRun(turn, n);
  return { n, isCached: false, createdAt: turn.now };
}
