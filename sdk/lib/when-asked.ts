/** Calls `ask` when somebody awaits it, each time: the promise protocol itself, since whoever awaits calls `then`. */
export function whenAsked<T>(ask: () => Promise<T>): PromiseLike<T> {
  return { then: (onFulfilled, onRejected) => ask().then(onFulfilled, onRejected) };
}
