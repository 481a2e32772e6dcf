import { expect, inject } from "vitest";
import { configure, runs, type RetrievedRun, type RunReference } from "../../sdk/index.ts";

/** Points the SDK's client at the platform of the flow tests. */
export function connect(): void {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
}

/** The run once it is final. Its type is the test's business: what comes is compared as a whole. */
export function finish(run: RunReference): Promise<RetrievedRun> {
  return runs.poll(run, { signal: AbortSignal.timeout(45_000), pollIntervalMs: 100 });
}

/** The output of a run, which must complete. */
export async function outputOf(run: RunReference): Promise<unknown> {
  const { status, error, output } = await finish(run);
  expect({ status, error: error?.message }).toEqual({ status: "COMPLETED", error: undefined });
  return output;
}

/** A plain HTTP call, with the key unless `headers` has another; what comes back, decoded. */
export async function call(
  method: string,
  path: string,
  options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number; readonly body: Answer; readonly headers: Headers }> {
  const { url, key } = inject("platform");
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...options.headers },
    ...(options.body === undefined ? {} : { body: toBody(options.body) }),
  });
  return { status: response.status, body: await response.json<Answer>(), headers: response.headers };
}

/** The fields of answers that tests look at. */
export interface Answer {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly error: string;
  readonly code: string;
}

/** Items of a batch as lines of JSON. */
export function lines(...items: readonly unknown[]): string {
  return items.map((item) => `${JSON.stringify(item)}\n`).join("");
}

function toBody(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

let counter = 0;

/** A word that no other test uses. */
export function fresh(word: string): string {
  counter += 1;
  return `${word}-${crypto.randomUUID().slice(0, 8)}-${counter}`;
}
