import type { BatchItemRequest } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import type { Batch } from "../../worker/core/batch.ts";
import { dueOf, isOpen, type Entry } from "../../worker/core/entry.ts";
import { statusOf, type Run } from "../../worker/core/run.ts";
import type { LocalEngine } from "../../worker/engine/local-engine.ts";
import { Registry } from "../../worker/engine/registry.ts";
import { runBehindDoor } from "../../worker/engine/surroundings.ts";
import { Faults } from "./faults.ts";
import { Laws, runId } from "./laws.ts";
import { checkNotes } from "./note-laws.ts";
import { programTasks } from "./program-tasks.ts";
import { Author, type Program } from "./programs.ts";
import { Random } from "./random.ts";
import { HISTORY_QUEUES, QUEUES } from "./history-queues.ts";
import { SlotLaws } from "./slot-laws.ts";
import { SimulatedPlatform } from "./simulated-platform.ts";
import { VirtualTime } from "./virtual-time.ts";

const MINUTE = 60_000;
/** After the last fault, everything is over within this time: the longest pauses are 10 minutes, a seal takes 30. */
const PATIENCE = 24 * 60 * MINUTE;

/** One random history from its seed. Throws with the story if it breaks a law, or if something does not end. */
export async function playHistory(seed: number): Promise<void> {
  const random = new Random(seed);
  const time = new VirtualTime();
  const laws = new Laws(time);
  const { red, blue } = programTasks(laws);
  const faults = new Faults(random);
  const platform = new SimulatedPlatform(time, faults, random, new Registry([red, blue], HISTORY_QUEUES), laws);
  const slots = new SlotLaws(laws, platform.disks, () => time.now);
  laws.afterCommit = (key, changed) => slots.committed(key, changed);
  const queued = random.chance(0.5) ? random.pick([0.2, 0.6, 1]) : 0;
  const silence = (): void => undefined;
  const { warn, error } = console;
  const uninstall = time.install(() => random.next());
  Object.assign(console, { warn: silence, error: silence });
  try {
    const engine = platform.client();
    for (let users = 1 + random.below(2); users > 0; users -= 1)
      void runBehindDoor(engine, () => use(engine, platform, laws, random, queued));
    if (queued > 0) manageQueues(platform, laws, random);
    for (let crashes = random.below(6); crashes > 0; crashes -= 1) {
      time.after(2 ** (random.next() * 17), () => {
        if (faults.crash()) platform.killAnyObject();
      });
    }
    await time.run(time.now + 2 ** (10 + random.next() * 12));
    faults.stop();
    laws.note("faults stop");
    // By then whatever was on its way has arrived.
    if (queued > 0) time.after(10 * MINUTE, () => openQueues(platform));
    const isOver = await time.run(time.now + PATIENCE);
    if (!isOver) laws.break("something goes on and on");
    checkRest(platform, laws);
    slots.checkRest();
  } catch (thrown) {
    laws.break(`the simulation failed: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
  } finally {
    uninstall();
    Object.assign(console, { warn, error });
    platform.close();
  }
  if (laws.broken.length === 0) return;
  const story = process.env["STORY"] === undefined ? laws.story.slice(-60) : laws.story;
  throw new Error(`${laws.broken.join("\n")}\n\n${story.join("\n")}`);
}

/** A client: it triggers a program or a batch of them until it has an answer, and may cancel something later. */
async function use(
  engine: LocalEngine,
  platform: SimulatedPlatform,
  laws: Laws,
  random: Random,
  queued: number,
): Promise<void> {
  const author = new Author(random, 12, queued);
  const requestKey = random.chance(0.5) ? sharedKey(random, platform.time.now) : `key-${random.below(1_000_000)}`;
  const isBatch = random.chance(0.25);
  const programs = Array.from({ length: isBatch ? 1 + random.below(3) : 1 }, () => author.program(3));
  const requests = programs.map((program, index) => ({ index, ...request(program) }));
  laws.note(JSON.stringify(programs));
  for (let cancels = random.chance(0.4) ? 1 + random.below(2) : 0; cancels > 0; cancels -= 1) {
    platform.time.after(2 ** (random.next() * 16), () => {
      const known = [...laws.runs.keys()];
      if (known.length > 0) void insist(platform, 10, () => cancel(engine, laws, random.pick(known)));
    });
  }
  // Some give up in the middle.
  const tries = random.chance(0.1) ? 1 : 100;
  await insist(platform, tries, async () => {
    if (isBatch) await sendBatch(engine, requests, requestKey, random);
    else for (const one of requests) await engine.trigger({ ...one, requestKey });
  });
}

/** Somebody changes what is set of queues now and then. */
function manageQueues(platform: SimulatedPlatform, laws: Laws, random: Random): void {
  for (let changes = random.below(4); changes > 0; changes -= 1) {
    const { name } = random.pick(QUEUES);
    const isPaused = random.chance(0.5);
    const limit = random.chance(0.5) ? 1 + random.below(3) : null;
    platform.time.after(2 ** (random.next() * 16), () => {
      if (platform.faults.isOver) return;
      laws.note(`${name} is ${isPaused ? "paused" : `given the limit ${limit}`}`);
      const keeper = platform.keeper(name);
      void insist(platform, 3, () => (isPaused ? keeper.setPaused(true) : keeper.setConcurrencyLimit(limit)));
    });
  }
}

function openQueues(platform: SimulatedPlatform): void {
  for (const { name } of QUEUES) void platform.keeper(name).setPaused(false);
}

/** In two parts, of which the second may never come. */
async function sendBatch(
  engine: LocalEngine,
  requests: readonly BatchItemRequest[],
  requestKey: string,
  random: Random,
) {
  const { id } = await engine.createBatch({ runCount: requests.length, requestKey });
  await engine.addBatchItems(id, requests.slice(0, random.below(requests.length + 1)));
  if (random.chance(0.9)) await engine.addBatchItems(id, requests);
}

async function cancel(engine: LocalEngine, laws: Laws, id: string): Promise<void> {
  laws.note(`cancel ${id}`);
  await engine.cancelRun(id);
  const ended = laws.ended.get(id);
  if (ended === undefined) laws.break(`${id} was canceled and is not over`);
}

async function insist(platform: SimulatedPlatform, tries: number, act: () => Promise<unknown>): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      await act();
      return;
    } catch (error) {
      if (error instanceof RunletApiError && error.status < 500) return;
      await new Promise<void>((resolve) => platform.time.after(1_000, resolve));
    }
  }
}

function request(program: Program) {
  const { task, maxAttempts, queue, concurrencyKey } = program;
  const place = {
    ...(queue === undefined ? {} : { queue }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
  };
  return { task, payload: encodePacket(program), options: { maxAttempts, ...place } };
}

/** A time-ordered key: all of one quarter second share a group. */
function sharedKey(random: Random, now: number): string {
  const time = now.toString(16).padStart(12, "0");
  const tail = random
    .below(2 ** 30)
    .toString(16)
    .padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7abc-8abc-${tail}`;
}

/** When nothing happens any more: everything is final, nothing is owed, the index says the truth, no alarm is left. */
function checkRest(platform: SimulatedPlatform, laws: Laws): void {
  const index = platform.index.rows();
  checkNotes(new Map([...platform.disks].filter(([key, disk]) => key.startsWith("group") && hasTable(disk))), laws);
  let runs = 0;
  for (const [key, disk] of platform.disks) {
    if (!key.startsWith("group") || !hasTable(disk)) continue;
    if (disk.alarm !== null) laws.break(`${key} has an alarm left`);
    for (const { n, kind, record } of disk.entries()) {
      const entry = { kind, record } as Entry;
      if (isOpen(entry)) laws.break(`${key} ${n} is still open: ${JSON.stringify(record)}`);
      if (isOpen(entry) && dueOf(entry) === undefined) laws.break(`${key} ${n} has no way on`);
      if (entry.kind === "batch") checkBatch(entry.record, laws);
      if (entry.kind === "sent" && isBelowCanceled(key, n, laws) && entry.record.state !== "canceled") {
        laws.break(`${key} ${n} was started elsewhere by a run that was canceled, and is ${entry.record.state}`);
      }
      // What is not sealed the pass itself was to start: one that died has told nobody of it.
      const isPromised = entry.kind === "sent" && entry.record.what === "run" && entry.record.sealed;
      if (isPromised && !laws.runs.has(entry.record.id)) {
        laws.break(`${key} ${n} was to be started elsewhere, and is not there`);
      }
      if (entry.kind !== "run") continue;
      runs += 1;
      if (platform.faults.isMild && hasCrashed(entry.record)) laws.break(`${n} lost an attempt though nothing died`);
      const row = index.get(runId(key, n));
      const truth = [statusOf(entry.record), entry.record.updatedAt, entry.record.finishedAt];
      const known = [row?.status, row?.updated_at, row?.finished_at];
      if (truth.join() !== known.join())
        laws.break(`the index has ${known.join()} for ${key} ${n}; it is ${truth.join()}`);
    }
  }
  if (runs !== index.size) laws.break(`the index has ${index.size} runs; there are ${runs}`);
}

function hasCrashed(run: Run): boolean {
  const names = run.pastAttempts?.map(({ error }) => error.name) ?? [];
  return statusOf(run) === "CRASHED" || names.includes("RunCrashedError");
}

function isBelowCanceled(key: string, n: string, laws: Laws): boolean {
  const segments = n.split(".");
  return segments.some((_, length) => {
    const above = laws.ended.get(runId(key, segments.slice(0, length).join(".")));
    return above?.record.state.at === "final" && above.record.state.status === "CANCELED";
  });
}

function checkBatch(batch: Batch, laws: Laws): void {
  if (batch.done > batch.runCount) laws.break(`${batch.n}: ${batch.done} of ${batch.runCount} are done`);
  if (batch.state.at !== "final" || batch.state.error !== undefined) return;
  if (batch.done !== batch.runCount) laws.break(`${batch.n} is complete with ${batch.done} of ${batch.runCount}`);
}

function hasTable(disk: SimulatedPlatform["disks"] extends Map<string, infer Disk> ? Disk : never): boolean {
  return disk.sql.storage.exec("SELECT 1 FROM sqlite_master WHERE name = 'entry'").toArray().length > 0;
}
