import { runs, tasks } from "runlet";

const handle = await tasks.trigger("double", { value: 21, at: new Date(0) });
const run = await runs.poll(handle);
if (run.output?.doubled !== 42 || !(run.output.at instanceof Date)) throw new Error(JSON.stringify(run));
