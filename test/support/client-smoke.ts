import { batch, configure, RunletApiError, runs, task, tasks } from "../../sdk/index.ts";

const echo = task({ id: "echo", run: async (payload: unknown) => payload });

/** What every runtime is to see of `smoke`: values in and out, streamed batches, retries, lists, errors. */
export const SMOKE_RESULT = {
  status: "COMPLETED",
  output: "Date Map Set BigInt undefined",
  together: "run_1,run_2",
  small: 3,
  large: 500,
  listed: 4,
  cancelled: "run_0",
  logged: "hello",
  refused: "404 task_not_found",
  outside: "OutsideTaskError",
};

/** Uses the whole client against a platform, with nothing but what all runtimes have. */
export async function smoke(baseURL: string, accessToken: string): Promise<typeof SMOKE_RESULT> {
  configure({ baseURL, accessToken });
  const value = { at: new Date(0), by: new Map([["a", 1]]), ids: new Set([2]), big: 3n, none: undefined };
  const handle = await echo.trigger(value, { tags: "smoke" });
  const run = await runs.poll<typeof echo>(handle, { pollIntervalMs: 1 });
  const together = await Promise.all(["run_1", "run_2"].map((id) => runs.poll(id)));
  const small = await echo.batchTrigger([{ payload: 1 }, { payload: "two" }, {}]);
  const text = "é".repeat(1000);
  const large = await tasks.batchTrigger<typeof echo>(
    "echo",
    (function* () {
      for (let n = 0; n < 500; n++) yield { payload: { n, text } };
    })(),
  );
  await batch.retrieve(small);
  let listed = 0;
  for await (const { id } of runs.list({ limit: 2 })) listed += id === "" ? 0 : 1;
  let logged = "";
  for await (const line of runs.logs(handle)) logged += line.message;
  const cancelled = await runs.cancel(handle);
  const refusal = await tasks.trigger("unknown").catch((error: unknown) => error);
  const outside = await echo.triggerAndWait(1).catch((error: unknown) => error);
  return {
    status: run.status,
    output: describe(run.output),
    together: together.map(({ id }) => id).join(),
    small: small.runCount,
    large: large.runCount,
    listed,
    cancelled: cancelled.id,
    logged,
    refused: refusal instanceof RunletApiError ? `${refusal.status} ${refusal.code}` : String(refusal),
    outside: outside instanceof Error ? outside.name : String(outside),
  };
}

/** The kinds of the values of an object, in order. */
function describe(output: unknown): string {
  const values = Object.values(Object(output) as object) as unknown[];
  return values
    .map((value) => Object.prototype.toString.call(value).slice(8, -1).replace("Undefined", "undefined"))
    .join(" ");
}
