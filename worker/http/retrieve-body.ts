import { LIMITS } from "../../sdk/lib/wire.ts";
import { MAX_WAIT_SECONDS } from "../engine/read-runs.ts";
import { readFields } from "./fields.ts";
import { invalidField } from "./refusal.ts";

const FIELDS = ["ids", "wait"];

/** The body that asks for several runs. Throws a Refusal (400) that names what cannot be used. */
export function readRetrieveBody(body: unknown): { readonly ids: readonly string[]; readonly wait: number } {
  const { ids, wait } = readFields("the body", body, FIELDS);
  if (!Array.isArray(ids) || ids.length === 0 || ids.length > LIMITS.runsRetrieved) {
    throw invalidField("ids", `a list of 1 to ${LIMITS.runsRetrieved} ids of runs`);
  }
  return { ids: ids.map(readId), wait: readSeconds(wait ?? 0) };
}

/** A time to wait in a query; 0 when there is none. Throws a Refusal (400). */
export function readWait(text: string | undefined): number {
  if (text === undefined) return 0;
  return readSeconds(/^\d{1,3}(\.\d{1,3})?$/.test(text) ? Number(text) : text);
}

function readId(id: unknown, i: number): string {
  if (typeof id === "string") return id;
  throw invalidField(`ids[${i}]`, "the id of a run");
}

function readSeconds(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= MAX_WAIT_SECONDS) return value;
  throw invalidField("wait", `a number of seconds from 0 to ${MAX_WAIT_SECONDS}`);
}
