/**
 * What a run remembers in a new attempt: what succeeded is kept, what had failed before the attempt began is dropped and
 * tried anew, what is still under way is kept. Within the attempt that saw it, a failure stays: a replay must meet it
 * again. "Before the attempt" is decided by times, which are unique to a turn within a group.
 */
export function isRemembered(
  entry: { readonly ok: boolean; readonly finishedAt: number },
  attemptStartedAt: number,
): boolean {
  return entry.ok || entry.finishedAt > attemptStartedAt;
}
