/** A name for a call that hands runs out: no two calls of one group have the same. */
export function newCallName(): string {
  // 48 random bits tell apart the few thousand calls whose runs execute at one time in one group.
  return crypto.randomUUID().replaceAll("-", "").slice(0, 12);
}
