import { RUN_STATUSES } from "../../sdk/lib/wire.ts";
import type { RunStatus } from "../../sdk/index.ts";
import { LOOKS, paintStatus } from "./paint.ts";

/** How many runs there are of each status, in the order of a run's life: "▸ 3 executing   ● 9 completed". */
export function countStatuses(statuses: readonly RunStatus[]): string {
  return RUN_STATUSES.flatMap((status) => {
    const count = statuses.filter((one) => one === status).length;
    return count === 0 ? [] : [paintStatus(status, `${LOOKS[status].mark} ${count} ${status.toLowerCase()}`)];
  }).join("   ");
}

const INDEX_PATIENCE_MS = 10_000;

/** Lists lag about a second behind: asks again until `count` runs are there and all of them have completed. */
export async function untilListed(count: number, list: () => Promise<RunStatus[]>): Promise<RunStatus[]> {
  for (const deadline = Date.now() + INDEX_PATIENCE_MS; ;) {
    const statuses = await list();
    const isComplete = statuses.length >= count && statuses.every((status) => status === "COMPLETED");
    if (isComplete || Date.now() > deadline) return statuses;
    await new Promise((resolve) => setTimeout(resolve, 80));
  }
}
