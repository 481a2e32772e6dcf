/** The name of the request for a run with an idempotency key that the entry `n` of a group makes: asked again, it is the same. */
export function requestOf(group: string, n: string): string {
  return `${group}:${n}`;
}
