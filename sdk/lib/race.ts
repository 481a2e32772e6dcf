import { currentSurroundings } from "./pass-context.ts";
import { LazyPromise } from "./run-promise.ts";

/**
 * Makes `Promise.race` and `Promise.any` let go of the losers when they are used on waits inside a task. A pass ends
 * when nothing but waits is left; what goes on after a won race is no wait, though the losers are still pending. There
 * is no other way to see that nobody stands at them any more.
 */
export function installRaces(): void {
  Promise.race = letLosersGo(Promise.race);
  Promise.any = letLosersGo(Promise.any);
}

type Contest = (this: PromiseConstructor, contenders: Iterable<unknown>) => Promise<unknown>;

/** Called on a class of its own kind of promises, or outside a task, it is the language's. */
function letLosersGo(contest: Contest): Contest {
  return function (this: PromiseConstructor, contenders) {
    const pass = currentSurroundings()?.pass;
    if (pass === undefined || this !== Promise) return contest.call(this, contenders);
    const { result, letGo } = pass.asGroup(() => contest.call(this, asked(contenders)));
    result.then(letGo, letGo);
    return result;
  };
}

/** Taken by the contest itself, so that what cannot be iterated rejects it. */
function* asked(contenders: Iterable<unknown>): Generator {
  for (const contender of contenders) yield ask(contender);
}

/** Asks a wait now, so that it counts as asked by this contest and not by some later code. */
function ask(contender: unknown): unknown {
  return contender instanceof LazyPromise ? contender.then() : contender;
}
