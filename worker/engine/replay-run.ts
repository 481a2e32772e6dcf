import type { ReplayCall } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { JournalEntry, RunOptions, StoredOptions } from "../../sdk/lib/journal.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { parseId } from "../core/ids.ts";
import type { Run } from "../core/run.ts";
import type { Env } from "../env.ts";
import { callGroup, unwrapAnswer } from "./call-group.ts";
import { recallJournal } from "./recall-journal.ts";
import type { Registry } from "./registry.ts";
import { givenMetadata } from "./run-metadata.ts";
import type { Turn } from "./turn.ts";

/** What a run is made of once more. */
export interface Blueprint {
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
  /** What the new run remembers from the start. */
  readonly recalled?: readonly JournalEntry[];
}

/** A replay as its group makes it, apart from where. */
export interface ReplayPlan extends Blueprint {
  readonly options: RunOptions;
  readonly replayedFrom: string;
}

/** The blueprint of a run; undefined when there is no such run. Throws what `recallJournal` throws. */
export function blueprintOf(turn: Turn, n: string, from: string | undefined): Blueprint | undefined {
  const run = turn.run(n);
  if (run === undefined) return undefined;
  const metadata = givenMetadata(turn, run);
  const options = { ...optionsOf(run), ...(metadata === undefined ? {} : { metadata }) };
  const blueprint = { task: run.task, payload: turn.payload(n), options };
  return from === undefined ? blueprint : { ...blueprint, recalled: recallJournal(turn, run, from) };
}

/**
 * Asks the group of the run for its blueprint, and puts the overrides into it. Throws a `RunletApiError`: 404 for a run or
 * task that is not there, 400 for a `from` that cannot be.
 */
export async function planReplay(env: Env, registry: Registry, call: ReplayCall): Promise<ReplayPlan> {
  const { id, from, options, payload } = call;
  const place = parseId("run", id);
  const answer = place && (await callGroup(env, place.group, (group) => group.blueprint(place.n, from)));
  const blueprint = answer && unwrapAnswer(answer);
  if (!blueprint) throw new RunletApiError(404, "run_not_found", `There is no run "${id}".`);
  return {
    ...blueprint,
    ...(payload === undefined ? {} : { payload }),
    options: registry.resolve(blueprint.task, { ...registry.withoutDropped(blueprint.options), ...options }),
    replayedFrom: id,
  };
}

/** The delay is over, and the version is that of the code that is deployed. A run without a time to live has none again. */
function optionsOf(run: Run): StoredOptions {
  const { tags, maxAttempts, ttl = 0, maxDuration, priority, queue, concurrencyKey, machine, region, isTest } = run;
  return {
    tags,
    maxAttempts,
    ttl,
    ...(maxDuration === undefined ? {} : { maxDuration }),
    ...(priority === undefined ? {} : { priority }),
    ...(queue === undefined ? {} : { queue }),
    ...(concurrencyKey === undefined ? {} : { concurrencyKey }),
    ...(machine === undefined ? {} : { machine }),
    ...(region === undefined ? {} : { region }),
    ...(isTest === true ? { test: true } : {}),
  };
}
