import { metadata, step, task, wait, webhook, webhooks, type TaskRunResult } from "../../sdk/index.ts";
import { tell } from "../support/tasks-outside.ts";

/** Every crash of the runtime counts as an attempt, so these have many. */
export const OFTEN = { maxAttempts: 250, minTimeoutInMs: 5, maxTimeoutInMs: 20 };

export interface Job {
  readonly outside: string;
  readonly tag: string;
  readonly n: number;
}

/**
 * A side effect kept by a step. Each execution tells the outside a token of its own; which one was kept is told whenever
 * code comes past the step.
 */
export async function once({ outside }: Pick<Job, "outside">, name: string): Promise<string> {
  const token = await step.run(name, async () => {
    const made = crypto.randomUUID();
    await tell(outside, `ran ${name} ${made}`);
    return made;
  });
  await tell(outside, `saw ${name} ${token}`);
  return token;
}

export interface Piece {
  readonly part: string;
  readonly token: string;
  readonly attempts: number;
}

/** One side effect. Every third one fails its first attempt after it. */
export const piece = task({
  id: "piece",
  retry: OFTEN,
  run: async ({ part, ...job }: Job & { part: string }, { ctx }): Promise<Piece> => {
    const token = await once(job, part);
    if (part.endsWith("2") && ctx.attempt.number === 1) throw new Error("the first attempt fails");
    return { part, token, attempts: ctx.attempt.number };
  },
});

/** A chain of waits, with a side effect at each level on the way up. */
export const chain = task({
  id: "chain",
  retry: OFTEN,
  run: async ({ levels, ...job }: Job & { levels: number }): Promise<readonly string[]> => {
    const below = levels === 0 ? [] : await chain.triggerAndWait({ ...job, levels: levels - 1 }, tagged(job)).unwrap();
    return [...below, await once(job, `${job.n}/level ${levels}`)];
  },
});

/** What a job gives, for the test to compare with what the outside was told. */
export interface Done {
  readonly n: number;
  readonly attempts: number;
  readonly first: string;
  readonly pieces: readonly (Piece & { readonly id: string })[];
  readonly chain: readonly string[];
  readonly pair: readonly (Piece & { readonly id: string })[];
  readonly last: string;
}

export const BATCH = 5;
export const LEVELS = 2;
/** Runs of one job: itself, its batch, its chain and its pair. */
export const RUNS = 1 + BATCH + (LEVELS + 1) + 2;
/** Side effects of one job. */
export const EFFECTS = 2 + BATCH + (LEVELS + 1) + 2;

/** Steps, a batch, a chain and two waits at once; every fourth job also fails its own first two attempts on the way. */
export const job = task({
  id: "job",
  retry: OFTEN,
  run: async (payload: Job, { ctx }): Promise<Done> => {
    const { n, outside } = payload;
    const attempts = ctx.attempt.number;
    const part = (i: number) => ({ ...payload, part: `${n}/part ${i}` });
    const first = await once(payload, `${n}/first`);
    const { runs } = await piece.batchTriggerAndWait(
      Array.from({ length: BATCH }, (_, i) => ({ payload: part(i), options: tagged(payload) })),
    );
    const pieces = runs.map(resultOf);
    await tell(outside, `got ${n}/batch ${pieces.map(({ id, token }) => `${id}=${token}`).join(",")}`);
    if (n % 4 === 0 && attempts <= 2) throw new Error(`attempt ${attempts} fails on purpose`);
    const up = await chain.triggerAndWait({ ...payload, levels: LEVELS }, tagged(payload)).unwrap();
    const pair = await Promise.all(
      [BATCH, BATCH + 1].map(async (i) => resultOf(await piece.triggerAndWait(part(i), tagged(payload)))),
    );
    const last = await once(payload, `${n}/last`);
    return { n, attempts, first, pieces, chain: up, pair, last };
  },
});

function resultOf(result: TaskRunResult<string, Piece>): Piece & { readonly id: string } {
  if (!result.ok) throw result.error;
  return { ...result.output, id: result.id };
}

export function tagged({ tag }: Pick<Job, "tag">) {
  return { tags: tag };
}

/** Tells that it has begun, outside of any step, and goes on when it gets an answer. */
export const begin = task({
  id: "begin",
  run: async ({ outside, what }: { outside: string; what: string }, { ctx }) => {
    await tell(outside, what);
    return ctx.attempt.number;
  },
});

/** Does nothing. */
export const idle = task({ id: "idle", run: () => null });

/** Its orders come to `POST /webhooks/orders`. */
const orders = webhooks.endpoint.define({
  id: "orders",
  source: webhooks.custom<{ readonly n: number }>({
    secret: { env: "ORDERS_SECRET" },
    hmac: { header: "x-orders-signature", algorithm: "sha256", encoding: "hex", prefix: "sha256=" },
    deliveryId: { header: "x-orders-delivery" },
  }),
});

const receive = webhook({
  id: "receive",
  endpoint: orders,
  retry: OFTEN,
  onEvent: async ({ event }) => {
    const token = await step.run("receive", () => crypto.randomUUID());
    await wait.for({ seconds: 0.1 });
    metadata.set("received", `${event.n} ${token}`);
  },
});

/** Its events are waited for, and nothing else. */
export const payments = webhooks.endpoint.define({ id: "payments", source: orders.source, waitWindow: "10m" });

/** Waits for two payments of its own, one after the other. */
export const awaitPayments = task({
  id: "await-payments",
  retry: OFTEN,
  run: async ({ n }: { readonly n: number }) => {
    const first = await wait.forWebhook(payments, { match: { n } }).unwrap();
    const second = await wait.forWebhook(payments, { match: { n } }).unwrap();
    return [first.deliveryId, second.deliveryId];
  },
});

export const chaosTasks = [piece, chain, job, begin, idle, receive, awaitPayments];
