import { setTimeout as sleep } from "node:timers/promises";

const READY_TIMEOUT_MS = 60_000;

/** Polls GET /api/v1/health until it answers. `died` ends the wait, with the reason that it resolves to. */
export async function untilHealthy(url: string, died: Promise<string>, output: () => string): Promise<void> {
  let death: string | undefined;
  void died.then((reason) => (death = reason));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  let last = "no answer";
  while (Date.now() < deadline) {
    if (death !== undefined)
      throw new Error(`The server died before it was ready (${death}). It printed:\n${output()}`);
    try {
      const response = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(5_000) });
      const body = await response.text();
      if (response.ok) return;
      last = `GET /api/v1/health answered ${response.status}: ${body.slice(0, 500)}`;
    } catch (error) {
      last = String(error);
    }
    await sleep(25);
  }
  throw new Error(`The server was not ready after ${READY_TIMEOUT_MS / 1000} s (${last}). It printed:\n${output()}`);
}
