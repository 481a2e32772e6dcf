import { LazyPromise } from "./lazy-promise.ts";
import { currentSurroundings } from "./pass-context.ts";

type Contest<T> = (this: PromiseConstructor, contenders: Iterable<unknown>) => Promise<T>;

/**
 * Makes `Promise.race`, `any`, `all` and `allSettled` let go of whatever is still pending when they are over, used on waits inside
 * a task: the losers of a race, and what stands beside a wait of `all` that has failed. A pass ends when nothing but waits is
 * left; what goes on after a won race is no wait, though the losers are still pending. There is no other way to see that nobody
 * stands at them any more. The result of one may be a contender of another, which lets go of all that is in it.
 */
export function installRaces(): void {
  Promise.race = letLosersGo(Promise.race);
  Promise.any = letLosersGo(Promise.any);
  Promise.all = letLosersGo(Promise.all);
  Promise.allSettled = letLosersGo(Promise.allSettled);
}

/** Called on a class of its own kind of promises, on what is no wait, or outside a task, it is the language's. */
function letLosersGo<T>(contest: Contest<T>): Contest<T> {
  return function (this: PromiseConstructor, contenders) {
    const stands = currentSurroundings()?.pass?.stands;
    if (stands === undefined || this !== Promise) return contest.call(this, contenders);
    const taken: unknown[] = [];
    let isOver = false;
    const hold = (from: Iterable<unknown>) => stands.apart(() => contest.call(this, from));
    const { result, at } = hold(asked(contenders, taken));
    if (!taken.some(isWait)) return result;
    const letGoOf = (held: { letGo(): void }, outcome: Promise<unknown>): void => {
      const letGo = () => {
        isOver = true;
        held.letGo();
      };
      outcome.then(letGo, letGo);
    };
    letGoOf(at, result);
    return LazyPromise.begun(result, { at, stands }, () => {
      if (isOver) return;
      const again = hold(asked(taken, []));
      letGoOf(again.at, again.result);
    });
  };
}

/** Taken by the contest itself, so that what cannot be iterated rejects it. */
function* asked(contenders: Iterable<unknown>, taken: unknown[]): Generator {
  for (const contender of contenders) {
    taken.push(contender);
    yield isWait(contender) ? LazyPromise.ask(contender) : contender;
  }
}

/** It is asked now, so that it counts as asked by this contest and not by some later code. */
function isWait(contender: unknown): contender is LazyPromise<unknown> {
  return contender instanceof LazyPromise;
}
