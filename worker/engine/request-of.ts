import type { StoredOptions } from "../../sdk/lib/journal.ts";

/** The name of the request for a run with a key that the entry `n` of a group makes: asked again, it is the same. */
export function requestOf(group: string, n: string): string {
  return `${group}:${n}`;
}

/** Whether others may have made the run: then its request has a name. */
export function isShared({ idempotencyKey, debounce }: StoredOptions): boolean {
  return idempotencyKey !== undefined || debounce !== undefined;
}
