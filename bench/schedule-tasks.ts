import { schedules } from "../sdk/index.ts";

/** What the schedules of the bench do: nothing. */
export const tock = schedules.task({ id: "tock", run: async () => "done" });
