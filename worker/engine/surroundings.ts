import { AsyncLocalStorage } from "node:async_hooks";
import type { Door } from "../../sdk/lib/door.ts";
import { installRaces } from "../../sdk/lib/race.ts";
import { provideSurroundings, type Surroundings } from "../../sdk/lib/pass-context.ts";

const storage = new AsyncLocalStorage<Surroundings>();
provideSurroundings(storage);
installRaces();

/** Calls `fn` so that SDK calls in it go through `door`, without HTTP and key. */
export function runBehindDoor<T>(door: Door, fn: () => T): T {
  return storage.run({ door }, fn);
}
