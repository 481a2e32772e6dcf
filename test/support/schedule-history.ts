import { schedules } from "../../sdk/index.ts";
import { asError, RunletApiError } from "../../sdk/lib/errors.ts";
import { CATCH_UPS, OVERLAPS, type CatchUp, type Overlap } from "../../sdk/lib/schedule-wire.ts";
import type { Run } from "../../worker/core/run.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { runBehindDoor } from "../../worker/engine/surroundings.ts";
import { Faults } from "./faults.ts";
import { Random } from "./random.ts";
import { SimulatedPlatform, type Witness } from "./simulated-platform.ts";
import { VirtualTime } from "./virtual-time.ts";

const MINUTE = 60_000;
/** After the last fault whatever is owed is tried within 10 minutes, and a lease runs out within one. */
const PATIENCE = 30 * MINUTE;
/** Ticks after that. */
const CALM_MINUTES = 10;

interface Policies {
  readonly catchUp: CatchUp;
  readonly overlap: Overlap;
}

/** A schedule of each minute, whose object, groups, calls and alarms fail at random. Throws with the story if a law is broken. */
export async function playScheduleHistory(seed: number): Promise<void> {
  const random = new Random(seed);
  const time = new VirtualTime();
  const story: string[] = [];
  const note = (line: string): void => void story.push(`${new Date(time.now).toISOString().slice(11, 23)} ${line}`);
  const policies: Policies = { catchUp: random.pick(CATCH_UPS), overlap: random.pick(OVERLAPS) };
  const faults = new Faults(random);
  const longest = random.pick([1_000, 40_000, 150_000]);
  const tick = schedules.task({
    id: "tick",
    retry: { maxAttempts: 3, minTimeoutInMs: 500 },
    run: async () => {
      await scheduler.wait(faults.isOver ? 500 : random.below(longest));
      if (!faults.isOver && random.chance(0.2)) throw new Error("the task fails");
    },
  });
  const witness: Witness = { committed: ignore, asked: ignore, answered: ignore, heard: ignore, note };
  const platform = new SimulatedPlatform(time, faults, random, new Registry([tick]), witness);
  const { warn, error } = console;
  const uninstall = time.install(() => random.next());
  const tell = (line: string, cause?: unknown): void =>
    note(cause === undefined ? line : `${line}: ${asError(cause).message}`);
  Object.assign(console, { warn: tell, error: tell });
  try {
    const until = time.now + random.below(40 * MINUTE);
    const ids: string[] = [];
    const madeAt = time.now;
    // By two clients at once, of whom any may die or lose the answer; and once more when nothing fails any more.
    const ask = (): void => void runBehindDoor(platform.client(), () => make(platform, policies, ids));
    for (let makers = 2; makers > 0; makers -= 1) ask();
    for (let crashes = random.below(8); crashes > 0; crashes -= 1) {
      time.at(madeAt + random.below(40 * MINUTE), () => {
        if (faults.crash()) platform.killAnyObject();
      });
    }
    await time.run(until, Infinity);
    faults.stop();
    note("faults stop");
    ask();
    const calmFrom = time.now + PATIENCE;
    await time.run(calmFrom + CALM_MINUTES * MINUTE + MINUTE / 2, Infinity);
    const [id = ""] = ids;
    if (ids.some((other) => other !== id)) throw new Error(`There are several schedules: ${ids.join()}.`);
    checkTicks(runsOf(platform), policies, { madeAt, calmFrom, end: time.now });
    let isGone = false;
    void platform
      .client()
      .schedules.delete(id)
      .then(() => (isGone = true));
    if (!(await time.run(time.now + PATIENCE, 1_000_000))) throw new Error("Something goes on and on.");
    checkGone(platform, isGone);
  } catch (cause) {
    const [first] = story;
    throw new Error(`${JSON.stringify(policies)} from ${first}\n${story.slice(-60).join("\n")}`, { cause });
  } finally {
    uninstall();
    Object.assign(console, { warn, error });
    platform.close();
  }
}

async function make(platform: SimulatedPlatform, policies: Policies, ids: string[]): Promise<void> {
  for (;;) {
    try {
      const spec = { task: "tick", cron: "* * * * *", deduplicationKey: "each minute", ...policies };
      ids.push((await platform.client().schedules.create(spec)).id);
      return;
    } catch (error) {
      if (error instanceof RunletApiError && error.status < 500) throw error;
      await new Promise<void>((resolve) => platform.time.after(1_000, resolve));
    }
  }
}

/** The runs that there are, by the time of their ticks. */
function runsOf(platform: SimulatedPlatform): Map<number, Run> {
  const runs = new Map<number, Run>();
  for (const [key, disk] of platform.disks) {
    if (!key.startsWith("group") || !hasTable(disk, "entry")) continue;
    for (const { kind, record } of disk.entries()) {
      if (kind !== "run") continue;
      const at = tickOf(disk);
      if (runs.has(at)) throw new Error(`The tick of ${new Date(at).toISOString()} has two runs.`);
      runs.set(at, record as Run);
    }
  }
  return runs;
}

type Disk = SimulatedPlatform["disks"] extends Map<string, infer One> ? One : never;

/** What the run was given tells its tick. */
function tickOf(disk: Disk): number {
  const [row] = disk.sql.storage.exec<{ payload: string }>("SELECT payload FROM entry WHERE kind = 'run'").toArray();
  const { json } = JSON.parse(row?.payload ?? "{}") as { readonly json: { readonly timestamp: string } };
  return Date.parse(json.timestamp);
}

interface Span {
  readonly madeAt: number;
  readonly calmFrom: number;
  readonly end: number;
}

function checkTicks(runs: ReadonlyMap<number, Run>, { catchUp, overlap }: Policies, span: Span): void {
  // The schedule was made at some time after it was asked for, in the first minutes.
  const ticks = [...runs.keys()].sort((a, b) => a - b);
  const everyTickCounts = catchUp === "all" && (overlap === "allow" || overlap === "queue");
  const [first = span.end] = ticks;
  const from = everyTickCounts ? first : Math.ceil(span.calmFrom / MINUTE) * MINUTE;
  for (let at = from; at <= span.end - MINUTE / 2; at += MINUTE) {
    if (!runs.has(at)) throw new Error(`The tick of ${new Date(at).toISOString()} has no run.`);
  }
  for (const [at, run] of runs) {
    if (at % MINUTE !== 0 || run.createdAt < at)
      throw new Error(`A run came before its tick of ${new Date(at).toISOString()}.`);
    if (at >= span.calmFrom && run.createdAt > at + 1_000) throw new Error("A tick is late though nothing fails.");
  }
  if (overlap !== "allow") checkApart(ticks.flatMap((at) => runs.get(at) ?? []));
}

/** One is over before the next is made. */
function checkApart(runs: readonly Run[]): void {
  for (const [i, run] of runs.entries()) {
    const before = runs[i - 1];
    if (before !== undefined && (before.finishedAt ?? Infinity) > run.createdAt) {
      throw new Error(`A run was made at ${run.createdAt}, and the one before was over at ${before.finishedAt}.`);
    }
  }
}

/** Nothing is left of a schedule that was deleted, in its object and in the list. */
function checkGone(platform: SimulatedPlatform, isGone: boolean): void {
  if (!isGone) throw new Error("The schedule was not deleted.");
  for (const [key, disk] of platform.disks) {
    if (disk.alarm !== null) throw new Error(`${key} has an alarm left.`);
    if (key.startsWith("schedule") && hasTable(disk, "state")) throw new Error(`${key} has its state still.`);
  }
  const listed = platform.index.count("schedules");
  if (listed > 0) throw new Error("It is in the list still.");
}

function hasTable(disk: Disk, name: string): boolean {
  return disk.sql.storage.exec("SELECT 1 FROM sqlite_master WHERE name = ?", name).toArray().length > 0;
}

function ignore(): void {
  // What goes on inside is not looked at.
}
