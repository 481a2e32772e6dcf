import { createWorker } from "../../worker/create-worker.ts";
import { testTasks } from "./tasks.ts";

export { IndexGatherer, PassRunner, RunGroup } from "../../worker/create-worker.ts";

/** The Worker that the tests run: the platform with tasks made for them. */
export default createWorker({ tasks: testTasks });
