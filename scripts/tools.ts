import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

/** A command line tool among this project's dependencies. */
export const binary = (name: string): string => join(ROOT, "node_modules", ".bin", name);

/** The command line of this project's wrangler, run by the same Node as this process. */
export function wranglerCommand(...args: string[]): [command: string, args: string[]] {
  return [process.execPath, [join(ROOT, "node_modules/wrangler/bin/wrangler.js"), ...args]];
}
