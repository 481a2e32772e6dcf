import { BATCH_ROOT, OWN_ROOT } from "../core/address.ts";
import { encodeGroup, formatId } from "../core/ids.ts";
import type { Env } from "../env.ts";

/** The object of a group by its name, and the id of the run or batch at its root. */
export function farIds(env: Env, name: string, what: "run" | "batch" = "run"): { target: string; id: string } {
  const target = env.RUN_GROUP.idFromName(name).toString();
  return { target, id: formatId(what, encodeGroup(target), what === "run" ? OWN_ROOT : BATCH_ROOT) };
}
