import type { Door } from "./door.ts";
import { currentSurroundings } from "./pass-context.ts";
import { newRequestKey } from "./request-key.ts";
import { requestKeyOf, valueOf } from "./step.ts";
import { doorOf } from "./trigger.ts";

/**
 * Asks the platform to make or change something, from wherever the code is. Inside a task that is a step with this `name`: it is
 * done once, however often the code is replayed. `requestKey` names what is made, so that a request that is sent again finds
 * what the first one has made.
 */
export async function makeOnce<T>(name: string, make: (door: Door, requestKey: string) => Promise<T>): Promise<T> {
  const surroundings = currentSurroundings();
  const door = doorOf(surroundings);
  const pass = surroundings?.pass;
  if (pass === undefined) return make(door, newRequestKey());
  const made = await pass.step(name, (key) => make(door, requestKeyOf(pass, key)));
  return valueOf(made) as T;
}
