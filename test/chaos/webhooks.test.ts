import { expect, test } from "vitest";
import { configure, runs, webhooks, type DeliveryItem, type RunItem } from "../../sdk/index.ts";
import { Random } from "../support/random.ts";
import { signOrder } from "../support/signed-webhook.ts";
import { MortalPlatform } from "./mortal-platform.ts";
import { awaitPayments } from "./tasks.ts";

const DELIVERIES = 300;
const KILLS = 4;
const WAITERS = 40;
const AT_ONCE = 10;
/** Before the provider sends again. */
const PAUSE_MS = 20;

test(`${DELIVERIES} deliveries of a provider that repeats them until it is answered come through ${KILLS} kills: none is lost, none makes two runs`, async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
  console.info(`deliveries under kill -9: seed ${seed} (SEED=${seed} kills at the same counts)`);
  await using platform = await MortalPlatform.start(5);
  configure({ baseURL: platform.url, accessToken: platform.key });
  const random = new Random(seed);
  const taken: string[] = [];
  const sent = { requests: 0 };

  const numbers = Array.from({ length: DELIVERIES }, (_, n) => n);
  const sending = sendAll(`${platform.url}/webhooks/orders`, numbers, taken, sent);
  for (let kills = 0; kills < KILLS; kills += 1) {
    const from = (kills * DELIVERIES) / (KILLS + 1);
    const until = Math.floor(from + random.below(DELIVERIES / (KILLS + 1)));
    await expect.poll(() => taken.length, { timeout: 60_000, interval: 2 }).toBeGreaterThanOrEqual(until);
    await platform.kill();
  }
  await sending;
  // A provider that has lost an answer sends what is there already.
  const ids = new Set(taken);
  expect(ids.size).toBe(DELIVERIES);
  console.info(`${sent.requests} requests for ${DELIVERIES} deliveries`);

  const deliveries = await all<DeliveryItem>(() => webhooks.deliveries.list({ endpoint: "orders", limit: 100 }));
  expect(new Set(deliveries.map(({ id }) => id))).toEqual(ids);
  expect(deliveries.every(({ status }) => status === "succeeded")).toBe(true);
  const made = await all<RunItem>(() => runs.list({ taskIdentifier: "receive", limit: 100 }));
  const ended = await Promise.all(made.map(({ id }) => runs.poll(id, { signal: AbortSignal.timeout(120_000) })));
  expect(ended.map(({ status }) => status).filter((status) => status !== "COMPLETED")).toEqual([]);
  const received = ended.map(({ metadata }) => Number(String(metadata?.["received"]).split(" ")[0]));
  expect(received.toSorted((a, b) => a - b)).toEqual(Array.from({ length: DELIVERIES }, (_, n) => n));
});

test(`${WAITERS} runs that wait for two events each get them, through kills, each event once`, async () => {
  await using platform = await MortalPlatform.start(5);
  configure({ baseURL: platform.url, accessToken: platform.key });
  const numbers = Array.from({ length: WAITERS }, (_, n) => n);
  const handles = await Promise.all(numbers.map((n) => awaitPayments.trigger({ n })));
  const taken: string[] = [];
  const sending = sendAll(`${platform.url}/webhooks/payments`, [...numbers, ...numbers], taken, { requests: 0 });
  for (let kills = 0; kills < 3; kills += 1) {
    await expect.poll(() => taken.length, { timeout: 60_000, interval: 2 }).toBeGreaterThanOrEqual(kills * 20);
    await platform.kill();
  }
  await sending;
  const ended = await Promise.all(handles.map(({ id }) => runs.poll(id, { signal: AbortSignal.timeout(120_000) })));
  expect(ended.map(({ status }) => status).filter((status) => status !== "COMPLETED")).toEqual([]);
  expect(new Set(ended.flatMap(({ output }) => output as string[]))).toEqual(new Set(taken));
});

/** Sends a delivery for each number until it is answered with 2xx; its id goes to `taken`. */
async function sendAll(
  url: string,
  numbers: readonly number[],
  taken: string[],
  sent: { requests: number },
): Promise<void> {
  let next = 0;
  const provider = async (): Promise<void> => {
    while (next < numbers.length) {
      const i = next;
      next += 1;
      const request = await signOrder({ body: { n: numbers[i] }, deliveryId: `delivery-${i}` });
      for (;;) {
        sent.requests += 1;
        const answer = await fetch(url, request).catch(() => undefined);
        const id = answer?.ok === true ? await idOf(answer) : undefined;
        if (id !== undefined) {
          taken.push(id);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, provider));
}

/** Undefined when the connection broke within the answer. */
async function idOf(answer: Response): Promise<string | undefined> {
  return answer.json<{ id: string }>().then(
    ({ id }) => id,
    () => undefined,
  );
}

/** All of a list, once it has as many as there must be. */
async function all<T>(list: () => AsyncIterable<T>): Promise<T[]> {
  const read = async () => {
    const found: T[] = [];
    for await (const one of list()) found.push(one);
    return found;
  };
  await expect.poll(async () => (await read()).length, { timeout: 90_000, interval: 500 }).toBe(DELIVERIES);
  return read();
}
