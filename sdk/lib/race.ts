import { currentSurroundings } from "./pass-context.ts";
import { LazyPromise } from "./run-promise.ts";

/**
 * Makes `Promise.race` and `Promise.any` let go of the losers when they are used on waits inside a task. A pass ends
 * when nothing but waits is left; what goes on after a won race is no wait, though the losers are still pending. There
 * is no other way to see that nobody stands at them any more.
 */
export function installRaces(): void {
  Promise.race = letLosersGo(Promise.race.bind(Promise));
  Promise.any = letLosersGo(Promise.any.bind(Promise));
}

type Contest = (contenders: Iterable<unknown>) => Promise<unknown>;

function letLosersGo(contest: Contest): Contest {
  return (contenders) => {
    const pass = currentSurroundings()?.pass;
    if (pass === undefined) return contest(contenders);
    const { result, letGo } = pass.asGroup(() => contest([...contenders].map(ask)));
    result.then(letGo, letGo);
    return result;
  };
}

/** Asks a wait now, so that it counts as asked by this contest and not by some later code. */
function ask(contender: unknown): unknown {
  return contender instanceof LazyPromise ? contender.then() : contender;
}
