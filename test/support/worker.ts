import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "./tasks-outside.ts";
import { testTasks } from "./tasks.ts";

export { IndexGatherer, PassRunner, RunGroup } from "../../worker/create-worker.ts";

/** The Worker that the tests run: the platform with tasks made for them, and their way to tell the test what they do. */
export default createWorker({ tasks: testTasks, fetch: serveOutside });
