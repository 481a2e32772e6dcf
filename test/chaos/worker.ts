import { createWorker } from "../../worker/create-worker.ts";
import { serveOutside } from "../support/tasks-outside.ts";
import { family, leaf, middle, poison } from "./tasks.ts";

export { IndexGatherer, PassRunner, RunGroup } from "../../worker/create-worker.ts";

export default createWorker({ tasks: [family, leaf, middle, poison], fetch: serveOutside });
