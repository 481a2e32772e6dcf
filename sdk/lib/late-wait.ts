import type { PassContext } from "./pass-context.ts";

/**
 * The source of a wait that can begin only once `made` has come, by `begin`. Whoever asks stands at it where he was when he asked,
 * though the wait begins later.
 */
export function lateWait<Made, T>(
  { stands }: Pick<PassContext, "stands">,
  made: Promise<Made>,
  begin: (made: Made) => PromiseLike<T>,
): () => Promise<T> {
  let begun: PromiseLike<T> | undefined;
  return async () => {
    const at = stands.here;
    const what = await made;
    const wait = (begun ??= begin(what));
    return stands.within(at, () => wait.then((value) => value));
  };
}
