import { expect } from "vitest";
import { runs, wait, type RetrievedRun } from "../../sdk/index.ts";
import type { Outside } from "../flows/outside.ts";
import {
  commonName,
  isLeftAlone,
  KEYED,
  KEYS,
  NOTES,
  PER_KEY,
  probe,
  SHARING,
  TOTAL,
  type Everything,
} from "./everything.ts";
import type { Testimony } from "./testimony.ts";

/** Completes every token that it is told of, from outside, while the platform comes and goes. Ends with `signal`. */
export async function completeTokens(outside: Outside, signal: AbortSignal): Promise<void> {
  const known = new Set<string>();
  for (let seen = 0; !signal.aborted;) {
    for (; seen < outside.told.length; seen += 1) {
      const [verb, id = ""] = outside.told[seen]?.what.split(" ") ?? [];
      if (verb !== "token" || known.has(id)) continue;
      known.add(id);
      void completeFor(id, signal);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function completeFor(id: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await wait.completeToken(id, `answer to ${id}`);
      return;
    } catch {
      // The platform was down for longer than the client tries.
    }
  }
}

/** One job, against what the outside was told. */
export function checkEverything(
  n: number,
  { output, metadata }: RetrievedRun,
  tag: string,
  testimony: Testimony,
): void {
  const done = output as Everything;
  expect(done.n).toBe(n);
  expect(done.sleptMs).toBeGreaterThanOrEqual(1_000);
  expect(metadata).toEqual({ noted: NOTES });
  expect(done.answer).toMatch(isLeftAlone(n) ? /^WaitpointTimeoutError$/ : /^answer to waitpoint_/);
  expect(new Set(done.keyed.map(({ id }) => id)).size).toBe(KEYED);
  const group = commonName({ n, tag }, true, Math.floor(n / SHARING));
  expect(testimony.seen(`shared ${group}`)).toEqual([done.shared.token]);
  expect(testimony.seen(`${n}/rated`)).toEqual([done.rated]);
  for (const [i, { token }] of done.keyed.entries()) expect(testimony.seen(`${n}/keyed ${i}`)).toEqual([token]);
}

/** What jobs have in common was made once, and what they pushed has run. */
export async function checkCommon(outputs: readonly Everything[]): Promise<void> {
  for (let n = 0; n < outputs.length; n += SHARING) {
    const group = outputs.slice(n, n + SHARING).map(({ shared }) => shared.id);
    expect(new Set(group).size).toBe(1);
  }
  for (const id of new Set(outputs.map(({ pushed }) => pushed))) {
    expect((await runs.poll(id, { signal: AbortSignal.timeout(60_000) })).status).toBe("COMPLETED");
  }
}

/** The most that had a slot at once, by key and in all, as far as their code lived: an isolate that is gone holds none. */
export function mostAtOnce(outside: Outside): { readonly perKey: number; readonly total: number } {
  const now = new Map<string, number>();
  const most = { perKey: 0, total: 0 };
  for (const { what } of outside.told) {
    const [verb = "", key = "", isolate = ""] = what.split(" ");
    const step = verb === "enter" ? 1 : verb === "leave" ? -1 : 0;
    for (const [where, bound] of [
      [`${key} ${isolate}`, "perKey"],
      [isolate, "total"],
    ] as const) {
      now.set(where, (now.get(where) ?? 0) + step);
      most[bound] = Math.max(most[bound], now.get(where) ?? 0);
    }
  }
  return most;
}

/** Every slot of the queue is free: so many probes hold one at once as its limits allow, of every key. */
export async function checkSlots(outside: Outside): Promise<void> {
  for (let key = 0; key < KEYS; key += 1) {
    const what = `probe ${key}`;
    outside.hold(what);
    const concurrencyKey = `key-${key}`;
    const probes = Array.from({ length: PER_KEY + 1 }, () =>
      probe.trigger({ outside: outside.name, what }, { concurrencyKey }),
    );
    const handles = await Promise.all(probes);
    await outside.reached(what, PER_KEY);
    const statuses = await Promise.all(handles.map(async (handle) => (await runs.retrieve(handle)).status));
    expect(statuses.sort()).toEqual([...Array<string>(PER_KEY).fill("EXECUTING"), "QUEUED"]);
    outside.release(what);
    for (const handle of handles) expect((await runs.poll(handle)).status).toBe("COMPLETED");
  }
  const all = Array.from({ length: KEYS }, (_, key) => `probe all ${key}`);
  outside.hold(...all);
  const everywhere = all.flatMap((what, key) =>
    Array.from({ length: PER_KEY }, () =>
      probe.trigger({ outside: outside.name, what }, { concurrencyKey: `key-${key}` }),
    ),
  );
  const handles = await Promise.all(everywhere);
  const begun = () => all.reduce((sum, what) => sum + outside.count(what), 0);
  await expect.poll(begun, { timeout: 30_000 }).toBe(TOTAL);
  outside.release(...all);
  for (const handle of handles) expect((await runs.poll(handle)).status).toBe("COMPLETED");
}

/** Who was told that a run is canceled sees it so, or that it had completed; and all below it comes to its end. */
export async function checkDoomed(ids: readonly string[]): Promise<number> {
  let canceled = 0;
  for (const id of ids) {
    const run = await runs.retrieve(id);
    expect(run.status).toMatch(/^(CANCELED|COMPLETED)$/);
    if (run.status === "CANCELED") canceled += 1;
    for (const child of run.relatedRuns.children ?? []) {
      const below = await runs.poll(child.id, { signal: AbortSignal.timeout(60_000) });
      expect(below.status).toMatch(/^(CANCELED|COMPLETED)$/);
    }
  }
  return canceled;
}
