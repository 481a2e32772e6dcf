import { DELAY_FORM, readDelay } from "../../sdk/lib/delay.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { StoredOptions } from "../../sdk/lib/journal.ts";
import type { HeldItem } from "../engine/engine.ts";
import type { Payload } from "../engine/held-packets.ts";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { readFields, readObject } from "./fields.ts";
import type { JsonLine } from "./json-lines.ts";
import { readHeldPayload } from "./payload.ts";
import { invalidField, Refusal } from "./refusal.ts";
import { readBatchOptions, type BatchKey } from "../../sdk/lib/trigger-options.ts";
import { readOptions } from "./trigger-options.ts";

export interface TriggerBody {
  readonly payload: Payload;
  readonly options: StoredOptions;
}

/** The body of a trigger. No body at all is a trigger without payload. */
export function readTriggerBody(body: unknown): TriggerBody {
  const fields = readFields("the body", body ?? {}, ["payload", "options"]);
  const { payloadType, stored } = readOptions(fields["options"]);
  return { payload: readHeldPayload(fields["payload"], payloadType), options: stored };
}

/** The body that creates a batch: its number of runs, and its idempotency key. */
export function readBatchBody(body: unknown): { readonly runCount: number } & BatchKey {
  const { runCount, taskIdentifiers: _, ...options } = readObject("the body", body);
  const given = Object.entries(options).filter(([, value]) => value !== null && value !== false);
  const key = readBatchOptions(Object.fromEntries(given));
  if (typeof runCount !== "number" || !Number.isInteger(runCount) || runCount < 1) {
    throw invalidField("runCount", `a whole number from 1 to ${LIMITS.batchItems}`);
  }
  if (runCount > LIMITS.batchItems) {
    throw new Refusal(
      413,
      "batch_too_large",
      `runCount is ${runCount}; a batch holds ${LIMITS.batchItems} items at most.`,
    );
  }
  return { runCount, ...key };
}

/** The body that gives a run another delay. */
export function readRescheduleBody(body: unknown): string {
  const { delay } = readFields("the body", body, ["delay"]);
  const read = readDelay(delay);
  if (read !== undefined) return read;
  throw invalidField("delay", DELAY_FORM);
}

/** The body that frees an idempotency key: the task that it is of. */
export function readResetBody(body: unknown): string {
  const { taskIdentifier } = readFields("the body", body, ["taskIdentifier"]);
  if (typeof taskIdentifier === "string" && taskIdentifier !== "") return taskIdentifier;
  throw invalidField("taskIdentifier", "the id of a task");
}

/** One line of the items of a batch. What is wrong with it is told with the number of the line. */
export function readBatchItem({ number, value }: JsonLine): HeldItem {
  try {
    const fields = readFields("the line", value, ["index", "task", "payload", "options"]);
    const { index, task } = fields;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0) {
      throw invalidField("index", "a whole number from 0 on");
    }
    if (typeof task !== "string" || task === "") throw invalidField("task", "the id of a task");
    const { payloadType, stored } = readOptions(fields["options"]);
    return { index, task, payload: readHeldPayload(fields["payload"], payloadType), options: stored };
  } catch (error) {
    throw atLine(number, error);
  }
}

function atLine(number: number, error: unknown): unknown {
  if (!(error instanceof RunletApiError)) return error;
  return new Refusal(error.status, error.code, `Line ${number}: ${error.message}`);
}
