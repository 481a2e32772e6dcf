import { RunletError } from "../errors.ts";
import { refuseUnknownKeys } from "../refuse-unknown-keys.ts";
import type { SecretReference } from "../webhook-source.ts";

/** What all sources take. */
export interface SourceOptions {
  /** Where the secret is, or two of them while one takes the place of the other. */
  readonly secret: SecretReference | readonly SecretReference[];
}

/** What sources take whose requests say when they were sent. */
export interface TimedSourceOptions extends SourceOptions {
  /** How far that may be from the time at which they come, before or after, in seconds: 1-86,400. */
  readonly toleranceSeconds?: number;
}

const ENV_NAME = /^[A-Za-z_]\w*$/;
const MAX_TOLERANCE_SECONDS = 86_400;

/** The secrets among the options. Throws a `RunletError` for a bad one, and for an option that is not one of `others`. */
export function readSecrets(
  options: SourceOptions,
  subject: string,
  others: readonly string[] = [],
): readonly SecretReference[] {
  if (typeof options !== "object" || options === null) throw new RunletError(`${subject} takes an object with secret.`);
  refuseUnknownKeys(options, subject, ["secret", ...others]);
  const references: readonly unknown[] = Array.isArray(options.secret) ? options.secret : [options.secret];
  if (references.length < 1 || references.length > 2) {
    throw new RunletError(`secret of ${subject} must be one { env: "NAME" }, or an array of one or two.`);
  }
  return references.map((reference) => {
    if (typeof reference !== "object" || reference === null) {
      throw new RunletError(`secret of ${subject} must be { env: "NAME" }: the name of a secret of the Worker.`);
    }
    refuseUnknownKeys(reference, `${subject}, secret,`, ["env"]);
    const { env } = reference as { readonly env?: unknown };
    if (typeof env === "string" && env.length <= 128 && ENV_NAME.test(env)) return { env };
    throw new RunletError(`secret.env of ${subject} must be the name of a variable: letters, digits and _`);
  });
}

/** The tolerance among the options, ms. Throws a `RunletError` for one out of range. */
export function readTolerance(given: unknown, subject: string, defaultSeconds: number): number {
  const seconds = given ?? defaultSeconds;
  if (typeof seconds === "number" && seconds >= 1 && seconds <= MAX_TOLERANCE_SECONDS) return seconds * 1000;
  throw new RunletError(`toleranceSeconds of ${subject} must be a number from 1 to ${MAX_TOLERANCE_SECONDS}.`);
}
