import { addRun } from "./add-run.ts";
import type { Admission, Admitted } from "./admission.ts";
import { admitDebounced } from "./admit-debounced.ts";
import { admitKeyed } from "./admit-keyed.ts";
import { cancelRun } from "./cancel-run.ts";
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
  const { canceled: _, arrived: __, ...plan } = admission;
  addRun(turn, plan);
  if (canceled === true) cancelRun(turn, n);
  return { n, isCached: false, createdAt: turn.now };
}
