import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The variables of a `.dev.vars` file, as `wrangler dev` reads it: `NAME=value` in lines of its own. None without such a file. */
export function readDevVars(file: string): Record<string, string> {
  if (!existsSync(file)) return {};
  const entries = Object.entries(parseEnv(readFileSync(file, "utf8")));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
