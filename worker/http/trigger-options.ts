import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { StoredOptions } from "../../sdk/lib/journal.ts";
import { readTriggerOptions } from "../../sdk/lib/trigger-options.ts";
import { invalidField } from "./refusal.ts";

/** How the payload is written, and what is taken without effect: a deployment is one version. */
const ASIDE = new Set("payloadType payloadSize metadataType externalDeploymentId".split(" "));

export interface WireOptions {
  readonly payloadType: unknown;
  readonly stored: StoredOptions;
}

/**
 * The `options` of a trigger or batch item. An option that would be without the effect it asks for is refused by its
 * name; one that is null or false asks for nothing.
 */
export function readOptions(options: unknown): WireOptions {
  if (options === undefined || options === null) return { payloadType: undefined, stored: {} };
  if (typeof options !== "object" || Array.isArray(options)) throw invalidField("options", "an object");
  const asked: Record<string, unknown> = {};
  let payloadType: unknown;
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "payloadType") payloadType = value;
    else if (!ASIDE.has(name)) asked[name] = value;
  }
  return { payloadType, stored: named(() => readTriggerOptions(asked)) };
}

/** Names an option by where it stands in the request. */
function named<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof RunletApiError) || error.code !== "invalid_option") throw error;
    throw new RunletApiError(400, "invalid_option", error.message.replace(/^Option "(\w+)"/, "options.$1"));
  }
}
