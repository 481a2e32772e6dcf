import { RunletError } from "../errors.ts";
import { refuseUnknownKeys } from "../refuse-unknown-keys.ts";

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]{1,128}$/;

/** An object with no other fields than these. Throws a `RunletError` that names what is wrong, as all of these do. */
export function readFields<Fields extends object>(value: Fields, subject: string, names: readonly string[]): Fields {
  if (typeof value !== "object" || value === null) {
    throw new RunletError(`${subject} must be an object with ${names.join(", ")}.`);
  }
  refuseUnknownKeys(value, `${subject},`, names);
  return value;
}

/** The name of a header, in lower case. */
export function readHeaderName(value: unknown, subject: string): string {
  if (typeof value === "string" && HEADER_NAME.test(value)) return value.toLowerCase();
  throw new RunletError(`${subject} must be the name of a header.`);
}

/** A text that is not empty. */
export function readName(value: unknown, subject: string): string {
  if (typeof value === "string" && value !== "" && value.length <= 256) return value;
  throw new RunletError(`${subject} must be a string of 1-256 characters.`);
}

/** The start of a header that is no part of what counts. */
export function readPrefix(value: unknown, subject: string): string {
  return value === undefined ? "" : readName(value, subject);
}

/** One of a few words. */
export function readChoice<Word extends string>(value: unknown, subject: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === value);
  if (word === undefined)
    throw new RunletError(`${subject} must be one of ${words.map((each) => `"${each}"`).join(", ")}.`);
  return word;
}
