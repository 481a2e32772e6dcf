import type { Seen } from "./journal.ts";

/** What has a place in the order of what a run has seen; two of one moment are told apart by their keys. */
interface Placed {
  readonly seen: Seen;
  readonly key: string;
}

/** Less than 0 when the run saw `a` before `b`, more when after it. */
export function compareSeen(a: Placed, b: Placed): number {
  return (
    a.seen.epoch - b.seen.epoch ||
    phaseOf(a) - phaseOf(b) ||
    a.seen.at - b.seen.at ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

function phaseOf({ seen }: Placed): number {
  return seen.phase === "before" ? 0 : 1;
}
