/** The attempt that reads its journal. */
interface Reader {
  readonly attempt: number;
  readonly attemptStartedAt: number;
}

/**
 * What a run remembers in a new attempt: what succeeded is kept, what had failed before the attempt began is dropped and
 * tried anew, what is still under way is kept. Within the attempt that saw it, a failure stays: a replay must meet it
 * again. "Before the attempt" is decided by times, which are unique to a turn within a group; what the attempt has made
 * itself is remembered whatever the clock said.
 */
export function isRemembered(
  entry: { readonly ok: boolean; readonly finishedAt: number; readonly madeIn: number },
  { attempt, attemptStartedAt }: Reader,
): boolean {
  return entry.ok || entry.madeIn === attempt || entry.finishedAt > attemptStartedAt;
}
