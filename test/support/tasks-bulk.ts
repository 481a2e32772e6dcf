import { runs, task } from "../../sdk/index.ts";
import { echo } from "./tasks-values.ts";

/** Begins two bulk actions and waits, so that its calls come up again when it goes on. */
export const sweep = task({
  id: "sweep",
  run: async ({ runIds, name }: { runIds: string[]; name: string }) => {
    const first = await runs.bulk.replay({ runIds, name });
    await echo.triggerAndWait(1).unwrap();
    const second = await runs.bulk.replay({ runIds, name });
    await echo.triggerAndWait(2).unwrap();
    const { status } = await runs.bulk.poll(second, { pollIntervalMs: 20 });
    return { ids: [first.id, second.id], status };
  },
});

export const bulkTasks = [sweep];
