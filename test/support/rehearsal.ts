import type { RunParameters, TaskDefinition } from "../../sdk/lib/definition.ts";
import type { Door } from "../../sdk/lib/door.ts";
import { executePass, type PassResult } from "../../sdk/lib/execute.ts";
import type { Claim, JournalEntry, NewWait, Outcome, PassEnd, Seen } from "../../sdk/lib/journal.ts";
import type { TaskHooks } from "../../sdk/lib/hooks.ts";
import { encodePacket } from "../../sdk/lib/packet.ts";
import type { Kept, PassDoor } from "../../sdk/lib/pass-door.ts";
import { KeptNotes } from "./kept-notes.ts";
import { runBehindDoor } from "../../worker/engine/surroundings.ts";

const DAY = Date.UTC(2026, 0, 1);
const OUTER = {} as Door;

/** A run played pass by pass: what its passes ask for is on record here, and the test says when waits settle and how. */
export class Rehearsal {
  /** What passes have asked of the group, in order. */
  readonly asked: string[] = [];
  journal: JournalEntry[] = [];
  epoch = 0;
  attempt = 1;
  /** Whether the next pass begins its attempt. */
  isFirstPass = true;
  readonly door: PassDoor;
  readonly notes = new KeptNotes();
  /** Fields that its claims have beside the usual ones. */
  extra: Partial<Claim> = {};
  private logged = 0;
  private ticks = 0;
  definition: TaskDefinition;
  readonly aborter = new AbortController();

  private readonly outer: Door;

  /** `outer` is the door for what goes past the pass. */
  constructor(
    run: (payload: unknown, parameters: RunParameters) => unknown,
    hooks: TaskHooks = {},
    outer: Door = OUTER,
  ) {
    this.outer = outer;
    const execute: TaskDefinition["execute"] = async (payload, parameters) => run(payload, parameters);
    this.definition = { id: "rehearsed", retry: RETRY, definedAt: "here", hooks, execute };
    this.door = this.makeDoor();
  }

  /** One pass over the journal as it is now. */
  async pass(): Promise<PassResult> {
    this.epoch += 1;
    this.asked.length = 0;
    this.notes.beginPass();
    const result = await this.execute();
    this.notes.take(result.notes);
    this.logged = result.logged;
    this.isFirstPass = false;
    if (result.end.type === "suspended") for (const wait of result.end.waits) this.accept(wait);
    return result;
  }

  /** The end of a pass that suspends: the keys of what it asks for. */
  async suspends(): Promise<string[]> {
    const { end } = await this.pass();
    if (end.type !== "suspended") throw new Error(`The pass ended otherwise: ${JSON.stringify(end)}`);
    return end.waits.map(({ key }) => key);
  }

  /** The value that the run ends with. */
  async completes(): Promise<unknown> {
    const { end } = await this.pass();
    if (end.type !== "completed") throw new Error(`The pass ended otherwise: ${JSON.stringify(end)}`);
    return end.output.data;
  }

  async fails(): Promise<PassEnd & { type: "failed" }> {
    const { end } = await this.pass();
    if (end.type !== "failed") throw new Error(`The pass ended otherwise: ${JSON.stringify(end)}`);
    return end;
  }

  /** Settles the wait for a run. */
  settle(key: string, value: unknown): void {
    this.settleWith(key, { ok: true, output: encodePacket(value) });
  }

  settleWith(key: string, outcome: Outcome): void {
    const seen = this.seenNext();
    this.replace(key, (entry) => ({
      ...entry,
      kind: "run",
      seen,
      settled: { id: this.door.idOf("run", key, entry.attempt), task: "t", outcome },
    }));
  }

  /** The time has come. */
  settleTime(key: string): void {
    const seen = this.seenNext();
    this.replace(key, (entry) => ({ ...entry, kind: "time", seen, settled: true }));
  }

  /** Settles the wait for a token. */
  settleToken(key: string, outcome: Outcome): void {
    const seen = this.seenNext();
    this.replace(key, (entry) => ({ ...entry, kind: "token", id: entry.digest, seen, settled: outcome }));
  }

  private seenNext(): Seen {
    this.ticks += 1;
    return { epoch: this.epoch + 1, phase: "before", at: DAY + this.ticks };
  }

  /** What a new attempt starts from: entries that `keep` takes. */
  nextAttempt(keep: (entry: JournalEntry) => boolean = () => true): void {
    this.attempt += 1;
    this.isFirstPass = true;
    this.logged = 0;
    this.notes.beginAttempt();
    this.journal = this.journal.filter(keep);
  }

  replace(key: string, change: (entry: JournalEntry) => JournalEntry): void {
    const i = this.journal.findLastIndex((entry) => entry.key === key);
    const entry = this.journal[i];
    if (entry === undefined) throw new Error(`Nobody waits for ${key}.`);
    this.journal[i] = change(entry);
  }

  private execute(): Promise<PassResult> {
    const { definition, door, outer, aborter } = this;
    return runBehindDoor(outer, () => executePass(definition, this.claim(), door, outer, aborter.signal));
  }

  private accept({ kind, key, digest }: NewWait): void {
    const origin = { key, digest, attempt: this.attempt };
    if (kind === "time") this.journal.push({ ...origin, kind, settled: false });
    else if (kind === "token") this.journal.push({ ...origin, kind, id: digest });
    else this.journal.push(kind === "run" ? { ...origin, kind } : { ...origin, kind, id: "batch_1" });
  }

  private makeDoor(): PassDoor {
    let kept = 0;
    const keep = async (entry: JournalEntry): Promise<Kept> => {
      kept += 1;
      const order = kept;
      const seen: Seen = { epoch: this.epoch, phase: "during", at: order };
      this.asked.push(entry.key);
      this.journal.push({ ...entry, seen });
      await Promise.resolve();
      return { order };
    };
    const origin = (key: string, digest: string) => ({ key, digest, attempt: this.attempt });
    return {
      resolve: (_, options) => options,
      idOf: (kind, key, madeIn) => `${kind}_1.${key}-${madeIn}`,
      keepStep: (key, digest, settled, along) => {
        this.notes.take(along?.notes);
        return keep({ ...origin(key, digest), kind: "step", settled });
      },
      keepNotes: async (notes) => {
        this.notes.messages += 1;
        this.notes.take(notes);
        return true;
      },
      startElsewhere: async (key, digest) => {
        const id = `run_for_${key}`;
        return { ...(await keep({ ...origin(key, digest), kind: "trigger", id, sealed: true })), id, isCached: false };
      },
      replayElsewhere: async (key, digest) => {
        const id = `run_again_for_${key}`;
        return { ...(await keep({ ...origin(key, digest), kind: "trigger", id, sealed: true })), id };
      },
      startBatchElsewhere: async (key, digest) => {
        const id = `batch_for_${key}`;
        return { ...(await keep({ ...origin(key, digest), kind: "batchTrigger", id, sealed: true })), id };
      },
    };
  }

  private claim(): Claim {
    const { epoch, attempt, isFirstPass, logged, journal, extra } = this;
    const { metadata, counted, refused, tags } = this.notes;
    const times = { createdAt: DAY, startedAt: DAY, attemptStartedAt: DAY, claimedAt: DAY };
    const what = { n: "k", id: "run_1", task: "rehearsed", maxAttempts: 3, tags: [...tags], depth: 0 };
    return {
      ...what,
      ...times,
      epoch,
      attempt,
      isFirstPass,
      logged,
      journal: [...journal],
      payload: encodePacket({ a: 1 }),
      ...(Object.keys(metadata).length + counted === 0
        ? {}
        : { metadata: { text: JSON.stringify(metadata), counted, refused } }),
      ...extra,
    };
  }
}

const RETRY = { maxAttempts: 3, factor: 2, minTimeoutInMs: 1, maxTimeoutInMs: 1, randomize: false };

/** What goes on outside of the platform: it takes a turn of the event loop. */
export function outside(ms = 1): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
