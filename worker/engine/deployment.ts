import type { Registry } from "./registry.ts";

let deployed: Registry | undefined;

/** Makes this the registry of the deployment, for objects, whom nobody hands one. */
export function deploy(registry: Registry): void {
  deployed = registry;
}

/** The tasks and queues of the code that is deployed. */
export function deployment(): Registry {
  if (deployed === undefined) throw new Error("createWorker() was not called in this Worker.");
  return deployed;
}
