import { expect, test } from "vitest";
import { configure, runs, schedules, type ScheduleOptions } from "../../sdk/index.ts";
import { Outside } from "../flows/outside.ts";
import { Random } from "../support/random.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { DECLARED, EACH_MINUTE, EFFECTS, nameOfTick, OUTSIDE, WINDOW } from "./schedule-tasks.ts";
import { Testimony } from "./testimony.ts";

const MINUTE = 60_000;
/** The least that is left to the first tick when most schedules are made: the others are made in it. */
const LEAD_MS = 8_000;
const KILLS_WHILE_MADE = 2;
const KILLS_WHILE_STARTING = 5;
const MOST_PAUSE_MS = 3_000;
const AT_ONCE = 20;
const LEASE_SECONDS = 5;

/** Which of the two ticks around the outage count: one that comes a minute late and one that comes on time. */
type Counts = "both" | "first" | "second" | "none";

interface Kind {
  readonly count: number;
  readonly counts: Counts;
  readonly options: Partial<ScheduleOptions>;
}

/** The schedules by their ids. */
type Made = Map<string, Pick<Kind, "counts" | "options">>;

/** Those of each minute. Windows spread the starts of some. */
const EACH: Readonly<Record<string, Kind>> = {
  "all, beside each other": { count: 60, counts: "both", options: { catchUp: "all" } },
  "all, one after the other": { count: 20, counts: "both", options: { catchUp: "all", overlap: "queue" } },
  "all, in windows": { count: 80, counts: "both", options: { catchUp: "all", window: WINDOW } },
  latest: { count: 10, counts: "second", options: { catchUp: "latest" } },
  none: { count: 10, counts: "second", options: { catchUp: "none" } },
};

/** Those of the minute of a time alone. */
const aloneAt = (time: number): Readonly<Record<string, Kind>> => {
  const cron = `${new Date(time).getUTCMinutes()} * * * *`;
  return {
    "latest, of one tick": { count: 10, counts: "first", options: { cron, catchUp: "latest" } },
    "none, of one tick": { count: 10, counts: "none", options: { cron, catchUp: "none" } },
    "all, of one tick": { count: 10, counts: "first", options: { cron, catchUp: "all" } },
  };
};

test("ticks come through kills and an outage of a minute: each that counts has one run, none has two", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
  console.info(`schedules under kill -9: seed ${seed} (SEED=${seed} kills after the same times)`);
  const random = new Random(seed);
  await using platform = await MortalPlatform.start(LEASE_SECONDS, "schedule-worker.ts");
  configure({ baseURL: platform.url, accessToken: platform.key });
  await using outside = new Outside(() => platform.url, OUTSIDE);

  const making = makeAll(EACH);
  for (let kill = 0; kill < KILLS_WHILE_MADE; kill += 1) {
    await sleep(random.below(400));
    await platform.kill();
  }
  const made = await making;
  for (const id of await declaredOnes()) made.set(id, { counts: "both", options: {} });
  const first = Math.ceil((Date.now() + LEAD_MS) / MINUTE) * MINUTE;
  const second = first + MINUTE;
  for (const [id, kind] of await makeAll(aloneAt(first))) made.set(id, kind);
  expect(Date.now()).toBeLessThan(first - 1_500);

  await sleep(first - random.between(200, 1_500) - Date.now());
  await platform.kill({ until: second + random.between(1_000, 2_000) });
  await killAmidStarts(platform, outside, random);

  const expected = ticksOf(made, { first, second });
  await allOver(expected, outside);
  const tookMs = Date.now() - second;
  // Minutes go on, and with them ticks that are not looked at.
  await inParallel([...made.keys()], (id) => schedules.deactivate(id));
  await expect.poll(() => isIndexed(made, outside), { timeout: 90_000, interval: 1_000 }).toBe(true);
  checkTicks(expected, outside, { first, second });
  checkTurns(made, outside, { first, second });
  const testimony = new Testimony(outside.told.map(({ what }) => what));
  expect(testimony.broken).toEqual([]);
  for (const tick of expected) {
    for (const effect of EFFECTS) expect(testimony.seen(`${tick} ${effect}`)).toHaveLength(1);
  }
  console.info(
    [
      `schedules under kill -9: ${platform.kills} kills, one of them with an outage over a tick; ${made.size} schedules, ${expected.size} ticks that count`,
      `all had run ${(tookMs / 1000).toFixed(1)} s after the last of their minutes had begun`,
      `${expected.size * EFFECTS.length} side effects, each seen once; ${testimony.repeats} more were begun and lost with the runtime before they were recorded`,
    ].join("\n  "),
  );
}, 420_000);

/** Makes them while the platform comes and goes. */
async function makeAll(kinds: Readonly<Record<string, Kind>>): Promise<Made> {
  const wanted = Object.entries(kinds).flatMap(([name, kind]) =>
    Array.from({ length: kind.count }, (_, n) => ({ ...kind, deduplicationKey: `${name} ${n}` })),
  );
  const made: Made = new Map();
  await inParallel(wanted, async ({ options, counts, deduplicationKey }) => {
    const { id } = await insist({ task: "beat", cron: EACH_MINUTE, ...options, deduplicationKey });
    made.set(id, { options, counts });
  });
  expect(made.size).toBe(wanted.length);
  return made;
}

async function inParallel<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A schedule that is made again with its key is the one that may be there already. */
async function insist(options: ScheduleOptions): Promise<{ readonly id: string }> {
  for (;;) {
    try {
      return await schedules.create(options);
    } catch {
      // The platform was down for longer than the client tries.
    }
  }
}

async function declaredOnes(): Promise<string[]> {
  const read = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id, type } of schedules.list({ perPage: 100 })) if (type === "DECLARATIVE") ids.push(id);
    return ids;
  };
  await expect.poll(read, { timeout: 5_000 }).toHaveLength(DECLARED);
  return read();
}

/** Kills while runs are being made: some have told that they have begun, of others nothing is known yet. */
async function killAmidStarts(platform: MortalPlatform, outside: Outside, random: Random): Promise<void> {
  for (let kill = 0; kill < KILLS_WHILE_STARTING; kill += 1) {
    const until = Date.now() + MOST_PAUSE_MS;
    const enough = told(outside, "begun").length + 1 + random.below(30);
    while (told(outside, "begun").length < enough && Date.now() < until) await sleep(1);
    await sleep(random.below(30));
    await platform.kill();
  }
}

interface Minutes {
  readonly first: number;
  readonly second: number;
}

/** The names of the ticks that count. */
function ticksOf(made: Made, { first, second }: Minutes): ReadonlySet<string> {
  const times: Readonly<Record<Counts, readonly number[]>> = {
    ...{ both: [first, second], first: [first], second: [second], none: [] },
  };
  return new Set([...made].flatMap(([id, { counts }]) => times[counts].map((at) => nameOfTick(id, at))));
}

/** What runs told of themselves, in order. */
function told(outside: Outside, verb: "begun" | "ended"): { readonly tick: string; readonly run: string }[] {
  return outside.told.flatMap(({ what }) => {
    const [said, tick = "", run = ""] = what.split(" ");
    return said === verb ? [{ tick, run }] : [];
  });
}

/** Resolves once the runs of all these ticks are over; tells what there is of some that are not. */
async function allOver(expected: ReadonlySet<string>, outside: Outside): Promise<void> {
  const missing = (): string[] => {
    const over = new Set(told(outside, "ended").map(({ tick }) => tick));
    return [...expected].filter((tick) => !over.has(tick));
  };
  try {
    await expect.poll(() => missing().length, { timeout: 150_000, interval: 200 }).toBe(0);
  } catch (cause) {
    const story = await Promise.all(missing().slice(0, 5).map(storyOf));
    throw new Error([`The runs of ${missing().length} ticks are not over:`, ...story].join("\n  "), { cause });
  }
}

async function storyOf(tick: string): Promise<string> {
  const [schedule = "", at] = tick.split("@");
  const { active, nextRun } = await schedules.retrieve(schedule);
  const { data } = await runs.list({ schedule, limit: 10 });
  const found = data.map(({ id, status, createdAt }) => `${id} ${status} of ${createdAt.toISOString()}`);
  const time = new Date(Number(at)).toISOString();
  return `${schedule} at ${time}: active ${active}, next ${nextRun?.toISOString()}, runs ${found.join(", ")}`;
}

/** Whether the index has the runs that told of themselves, of each schedule, all of them completed, and no others. */
async function isIndexed(made: Made, outside: Outside): Promise<boolean> {
  for (const schedule of made.keys()) {
    const toldOf = new Set(told(outside, "begun").flatMap(({ tick, run }) => (tick.startsWith(schedule) ? [run] : [])));
    let count = 0;
    for await (const { id, status } of runs.list({ schedule, limit: 100 })) {
      if (!toldOf.has(id) || status !== "COMPLETED") return false;
      count += 1;
    }
    if (count !== toldOf.size) return false;
  }
  return true;
}

/** No tick has two runs; each that counts has one, and no other tick of these minutes has any. */
function checkTicks(expected: ReadonlySet<string>, outside: Outside, { first, second }: Minutes): void {
  const runsOf = new Map<string, Set<string>>();
  for (const { tick, run } of told(outside, "begun")) runsOf.set(tick, (runsOf.get(tick) ?? new Set()).add(run));
  expect([...runsOf].filter(([, ids]) => ids.size > 1)).toEqual([]);
  const inTime = [...runsOf.keys()].filter((tick) => [first, second].includes(Number(tick.split("@")[1])));
  expect(inTime.sort()).toEqual([...expected].sort());
}

/** Where runs queue, the first is over before the second begins. */
function checkTurns(made: Made, outside: Outside, { first, second }: Minutes): void {
  const heard = outside.told.map(({ what }) => what.split(" ").slice(0, 2).join(" "));
  for (const [id, { options }] of made) {
    if (options.overlap !== "queue") continue;
    const begins = heard.indexOf(`begun ${nameOfTick(id, second)}`);
    expect(heard.indexOf(`ended ${nameOfTick(id, first)}`)).toBeLessThan(begins);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
