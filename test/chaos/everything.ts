import { idempotencyKeys, metadata, queue, step, task, wait } from "../../sdk/index.ts";
import { tell } from "../support/tasks-outside.ts";
import { OFTEN, once, tagged, type Job } from "./tasks.ts";

export const KEYS = 5;
export const PER_KEY = 2;
export const TOTAL = 6;
const RATE = 25;
/** So many jobs share one child. */
export const SHARING = 5;
/** Its jobs push the same debounced runs. */
const DEBOUNCED = 10;
/** Children of a job in the queue with keys. */
export const KEYED = 3;
/** Changes of its metadata. */
export const NOTES = 2;
const NAP_SECONDS = 1;

const keyed = queue({ name: "keyed", concurrency: { perKey: PER_KEY, total: TOTAL } });
const rated = queue({ name: "rated", rateLimit: { limit: RATE, period: "1s" } });

/** Names this isolate, with which all code that runs in it ends. */
let life = "";
function isolate(): string {
  if (life === "") life = crypto.randomUUID();
  return life;
}

/** Tells when it has its slot, and until when. */
const inQueue = task({
  id: "in-queue",
  queue: keyed,
  retry: OFTEN,
  run: async ({ name, ...job }: Job & { readonly name: string }, { ctx }) => {
    const where = `${ctx.queue.concurrencyKey ?? ""} ${isolate()}`;
    await tell(job.outside, `enter ${where}`);
    const token = await once(job, name);
    await tell(job.outside, `leave ${where}`);
    return token;
  },
});

const atRate = task({
  id: "at-rate",
  queue: rated,
  retry: OFTEN,
  run: ({ name, ...job }: Job & { readonly name: string }) => once(job, name),
});

/** A run that several jobs push: one, or as many as their pushes are apart. */
const pushed = task({
  id: "pushed",
  retry: OFTEN,
  run: async (job: Job, { ctx }) => once(job, `pushed ${ctx.run.id}`),
});

/** A child that several jobs wait for. */
const common = task({
  id: "common",
  retry: OFTEN,
  run: async ({ name, ...job }: Job & { readonly name: string }) => once(job, name),
});

/** Holds a slot of the queue with keys until it is answered. */
export const probe = task({
  id: "probe",
  queue: keyed,
  retry: OFTEN,
  run: async ({ outside, what }: { readonly outside: string; readonly what: string }) => tell(outside, what),
});

export interface Everything {
  readonly n: number;
  readonly sleptMs: number;
  readonly shared: { readonly id: string; readonly token: string };
  readonly pushed: string;
  readonly keyed: readonly { readonly id: string; readonly token: string }[];
  readonly rated: string;
  /** What its token was completed with; the name of the error when nobody did in time. */
  readonly answer: string;
}

/** Whether nobody completes the token of job `n`. */
export function isLeftAlone(n: number): boolean {
  return n % 4 === 0;
}

/** What jobs of one group have in common; a job that is to be cancelled has nothing in common with others. */
export function commonName({ n, tag }: Pick<Job, "n" | "tag">, share: boolean, group: number): string {
  return share ? `${tag}/group ${group}` : `${tag}/alone ${n}`;
}

/** All that a run can wait for, one after the other. */
export const everything = task({
  id: "everything",
  retry: OFTEN,
  run: async ({ share, ...job }: Job & { readonly share: boolean }): Promise<Everything> => {
    const { n, outside } = job;
    const token = await wait.createToken({ timeout: isLeftAlone(n) ? "2s" : "1h" });
    if (!isLeftAlone(n)) await step.run("ask for an answer", () => tell(outside, `token ${token.id}`));
    const debounce = { key: commonName(job, share, n % DEBOUNCED), delay: "1s" };
    const push = await pushed.trigger(job, { ...tagged(job), debounce });

    const from = await step.run("look at the clock", () => Date.now());
    await wait.for({ seconds: NAP_SECONDS });
    const sleptMs = (await step.run("look again", () => Date.now())) - from;
    await step.run("note", () => void metadata.increment("noted"));

    const sharedName = `shared ${commonName(job, share, Math.floor(n / SHARING))}`;
    const idempotencyKey = await idempotencyKeys.create(sharedName, { scope: "global" });
    const shared = await common.triggerAndWait({ ...job, name: sharedName }, { ...tagged(job), idempotencyKey });
    if (!shared.ok) throw shared.error;

    const { runs } = await inQueue.batchTriggerAndWait(
      Array.from({ length: KEYED }, (_, i) => ({
        payload: { ...job, name: `${n}/keyed ${i}` },
        options: { ...tagged(job), concurrencyKey: `key-${(n + i) % KEYS}`, ...(i === 0 ? { delay: "1s" } : {}) },
      })),
    );
    const rate = await atRate.triggerAndWait({ ...job, name: `${n}/rated` }, tagged(job)).unwrap();
    await step.run("note again", () => void metadata.increment("noted"));
    const answer = await wait.forToken<string>(token);
    return {
      n,
      sleptMs,
      shared: { id: shared.id, token: shared.output },
      pushed: push.id,
      keyed: runs.map((run) => {
        if (!run.ok) throw run.error;
        return { id: run.id, token: run.output };
      }),
      rated: rate,
      answer: answer.ok ? answer.output : answer.error.name,
    };
  },
});

export const everythingTasks = [inQueue, atRate, pushed, common, probe, everything];
