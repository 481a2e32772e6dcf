import { runs, task, tasks } from "runlet";

const hello = task({ id: "hello", run: async () => "hello" });
if (hello.id !== "hello" || typeof runs.retrieve !== "function" || typeof tasks.trigger !== "function") process.exit(1);
