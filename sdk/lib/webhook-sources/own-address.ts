import { RunletError } from "../errors.ts";

/** An address among the options, as it was typed; undefined where none is given. Throws a `RunletError` for what is none. */
export function readOwnAddress(given: unknown, option: string, subject: string): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" && /^https?:\/\//.test(given) && URL.canParse(given)) return given;
  throw new RunletError(`${option} of ${subject} must be an address that begins with http:// or https://`);
}
