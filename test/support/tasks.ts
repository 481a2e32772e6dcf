import { tasks } from "../../worker/tasks.ts";

/** Tasks that tests trigger; the examples among them. */
export const testTasks = [...tasks];
