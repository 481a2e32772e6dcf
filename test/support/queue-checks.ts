import type { Bounds, Rate } from "../../sdk/lib/queue-limits.ts";
import { LANES, QueueLine, RESUME } from "../../worker/core/queue-line.ts";
import { isFinal, type Run } from "../../worker/core/run.ts";
import { wantsSlot } from "../../worker/core/wish.ts";
import { limitsNow, readSettings } from "../../worker/engine/queue-settings.ts";
import type { QueueStore } from "../../worker/storage/queue-store.ts";
import type { Held, QueueWorld } from "./queue-world.ts";

/** What is stored of a key. */
export interface Counted {
  readonly key: string;
  readonly executing: number;
  readonly inFlight: number;
  readonly waiting: readonly number[];
}

/** What holds at every moment of a queue. Throws what does not. */
export function checkQueue(world: QueueWorld): void {
  const counted = count(world.store);
  sameInMemory(world, counted);
  const held = world.holders();
  for (const [id, run] of world.runs) checkRun(world, id, run, held.get(id));
  checkRates(world);
  checkLimits(world, world.counted, counted);
  world.counted = counted;
  checkFlight(world);
  if (!readSettings(world.store).isPaused) checkRoom(world, counted);
}

/** When all runs are over and have been heard, nothing is left. */
export function checkEmpty({ store, dealer, now }: QueueWorld): void {
  const left = count(store);
  if (left.length > 0) throw new Error(`At the end there is still ${JSON.stringify(left)}.`);
  if (dealer.line.executing + dealer.line.inFlight + dealer.line.queued !== 0) throw new Error("Something is counted.");
  if (dealer.nextTime(now) !== undefined) throw new Error("At the end the queue still wants its alarm.");
}

function count(store: QueueStore): Counted[] {
  const { line, holders } = store.counts(1_000_000);
  const keys = new Set([...line, ...holders].map(({ key }) => key));
  return [...keys].map((key) => {
    const { executing = 0, inFlight = 0 } = holders.find((one) => one.key === key) ?? {};
    const waiting = LANES.map((lane) => line.find((one) => one.key === key && one.lane === lane)?.count ?? 0);
    return { key, executing, inFlight, waiting };
  });
}

function sum(counted: readonly Counted[], of: (one: Counted) => number): number {
  return counted.reduce((total, one) => total + of(one), 0);
}

/** What the dealer counts is what is stored. */
function sameInMemory({ dealer: { line }, store }: QueueWorld, counted: readonly Counted[]): void {
  const read = ({ executing, inFlight, queued }: QueueLine): string => [executing, inFlight, queued].join();
  const stored = new QueueLine(line.limits, store.counts(1_000_000));
  if (read(line) !== read(stored)) throw new Error(`It counts ${read(line)}; stored are ${read(stored)}.`);
  const { keys } = line as unknown as { readonly keys: ReadonlyMap<string, Omit<Counted, "key">> };
  if (keys.size !== counted.length) throw new Error(`It knows ${keys.size} keys; stored are ${counted.length}.`);
  for (const { key, executing, inFlight, waiting } of counted) {
    const known = keys.get(key);
    const [there, here] = [
      [known?.executing, known?.inFlight, ...(known?.waiting ?? [])],
      [executing, inFlight, ...waiting],
    ];
    if (there.join() !== here.join()) throw new Error(`Of "${key}" it counts ${there}; stored are ${here}.`);
  }
}

/** Nothing is given beyond a limit. One that was lowered takes nothing away. */
function checkLimits({ base, store }: QueueWorld, before: readonly Counted[], after: readonly Counted[]): void {
  const { executing } = limitsNow(base, readSettings(store));
  const check = (what: string, limit: number | undefined, had: number, has: number): void => {
    if (has > (limit ?? Infinity) && has > had) throw new Error(`${what}: ${has}, and the limit is ${limit}.`);
  };
  const all = (counted: readonly Counted[]): number => sum(counted, (one) => one.executing);
  check("In all", executing.total, all(before), all(after));
  for (const one of after) {
    const had = before.find(({ key }) => key === one.key);
    check(`Of "${one.key}"`, executing.perKey, had?.executing ?? 0, one.executing);
  }
}

/** No more runs have started and are not over. A wish that comes late may be given a place, until its run says what it wants. */
function checkFlight({ base: { inFlight }, runs }: QueueWorld): void {
  const flying = [...runs.values()].filter((run) => run.startedAt !== undefined && !isFinal(run));
  if (flying.length > (inFlight.total ?? Infinity)) throw new Error(`${flying.length} are in flight.`);
  for (const { concurrencyKey } of flying) {
    const same = flying.filter((run) => run.concurrencyKey === concurrencyKey).length;
    if (same > (inFlight.perKey ?? Infinity)) throw new Error(`${same} of "${concurrencyKey}" are in flight.`);
  }
}

/** A run that executes has a slot, given for just that; where those in flight are counted it has a place until it is over. */
function checkRun({ base }: QueueWorld, id: string, run: Run, held: Held | undefined): void {
  const { state, wish, startedAt } = run;
  const mayExecute = state.at === "queued" || state.at === "executing" || state.at === "final";
  if (wish !== undefined && wantsSlot(wish.want) && mayExecute) {
    const isRight = held?.hasSlot === true && held.number === wish.number;
    if (!isRight) throw new Error(`${id} is ${state.at} by wish ${wish.number}, and has ${JSON.stringify(held)}.`);
  }
  const { perKey, total } = base.inFlight;
  if ((perKey ?? total) === undefined || startedAt === undefined || isFinal(run)) return;
  if (held === undefined) throw new Error(`${id} is in flight and has no place.`);
}

/** In no stretch of its period do more begin than a rate allows. */
function checkRates({ base, granted, now }: QueueWorld): void {
  const starts = granted.filter(({ want }) => want === "start" || want === "retry");
  const check = (what: string, rate: Rate | undefined, times: readonly { readonly at: number }[]): void => {
    if (rate === undefined) return;
    const within = times.filter(({ at }) => at > now - rate.periodMs).length;
    if (within > rate.limit)
      throw new Error(`${what}: ${within} have begun in ${rate.periodMs} ms, not ${rate.limit}.`);
  };
  check("In all", base.starts.total, starts);
  for (const key of new Set(starts.map((one) => one.key))) {
    check(
      `Of "${key}"`,
      base.starts.perKey,
      starts.filter((one) => one.key === key),
    );
  }
}

/** Nobody waits who could go on; where only time is missing, the alarm comes in time. */
function checkRoom(world: QueueWorld, counted: readonly Counted[]): void {
  const { base, store, now, alarm } = world;
  const { executing, inFlight, starts } = limitsNow(base, readSettings(store));
  const isFull = (bounds: Bounds<number>, own: number, all: number): boolean =>
    own >= (bounds.perKey ?? Infinity) || all >= (bounds.total ?? Infinity);
  for (const one of counted) {
    if (
      isFull(
        executing,
        one.executing,
        sum(counted, (any) => any.executing),
      )
    )
      continue;
    for (const lane of LANES) {
      if ((one.waiting[lane] ?? 0) === 0) continue;
      if (
        lane === LANES.at(-1) &&
        isFull(
          inFlight,
          one.inFlight,
          sum(counted, (any) => any.inFlight),
        )
      )
        continue;
      const from =
        lane === RESUME ? now : Math.max(freeFrom(world, starts.total), freeFrom(world, starts.perKey, one.key));
      if ((alarm ?? Infinity) > from) {
        throw new Error(`"${one.key}" may go on in lane ${lane} at ${from}; it is ${now}, the alarm is at ${alarm}.`);
      }
    }
  }
}

/** When the next one may begin, by what was granted: stale grants count, too. */
function freeFrom({ granted, now }: QueueWorld, rate: Rate | undefined, key?: string): number {
  if (rate === undefined) return now;
  const counts = granted.filter((one) => one.want !== "resume" && (key === undefined || one.key === key));
  const times = counts.map(({ at }) => at);
  const first = times.at(-rate.limit);
  return first === undefined ? now : Math.max(now, first + rate.periodMs);
}
