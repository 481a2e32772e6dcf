import { hmacHex } from "../test/support/signed-webhook.ts";
import type { Running } from "./contender.ts";
import { percentile } from "./jobs.ts";
import type { Verdict } from "./report.ts";
import { HOOKS_SECRET } from "./webhook-tasks.ts";

const SENT = 200;
const AT_ONCE = 50;
const FLOOD = 1_000;
const BODY = JSON.stringify({ n: 1, text: "x".repeat(1_000) });
/** What a provider's patience is measured against: seconds. Milliseconds are promised. */
const MOST_MS = 50;

/** How soon a delivery is answered, which is when its run is stored; and how many forged ones are refused in a second. */
export async function measureWebhooks({ platform }: Running): Promise<Verdict[]> {
  const url = `${platform.url}/webhooks/hooks`;
  const signature = await hmacHex(HOOKS_SECRET, BODY);
  const send = async (delivery: string, signed: string, status: number): Promise<number> => {
    const headers = { "content-type": "application/json", "x-signature": signed, "x-delivery": delivery };
    const startedAt = performance.now();
    const answer = await fetch(url, { method: "POST", headers, body: BODY });
    await answer.text();
    if (answer.status !== status) throw new Error(`A delivery was answered ${answer.status}, not ${status}.`);
    return performance.now() - startedAt;
  };
  for (let i = 0; i < SENT; i += 1) await send(`warm-${i}`, signature, 200);
  const alone: number[] = [];
  for (let i = 0; i < SENT; i += 1) alone.push(await send(`alone-${i}`, signature, 200));
  const together = await perSecond((i) => send(`together-${i}`, signature, 200));
  const forged = await perSecond((i) => send(`forged-${i}`, "0".repeat(64), 401));
  const [p50, p95] = [percentile(alone, 0.5), percentile(alone, 0.95)];
  return [
    {
      what:
        `${SENT} signed deliveries in sequence: answered, with their runs stored, after ${p50.toFixed(1)} ms in the middle and ${p95.toFixed(1)} ms in ` +
        `95 of 100 (at most ${MOST_MS} ms); ${AT_ONCE} at a time ${together.toFixed(0)} a second; forged ones refused, ${forged.toFixed(0)} a second`,
      met: p95 <= MOST_MS,
    },
  ];
}

async function perSecond(send: (i: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < FLOOD) {
      next += 1;
      await send(next);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sender));
  return FLOOD / ((performance.now() - startedAt) / 1000);
}
