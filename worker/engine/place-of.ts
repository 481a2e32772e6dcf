import { RunletApiError } from "../../sdk/lib/errors.ts";
import { parseId, type IdKind, type Location } from "../core/ids.ts";

/** Where the id points. Throws a `RunletApiError` (404) for what is no such id. */
export function placeOf(kind: IdKind, id: string): Location {
  return parseId(kind, id) ?? notFound(kind, id);
}

/** Throws a `RunletApiError` (404). */
export function notFound(kind: IdKind, id: string): never {
  const what = kind === "waitpoint" ? "token" : kind === "whd" ? "delivery" : kind;
  throw new RunletApiError(404, `${what}_not_found`, `There is no ${what} "${id}".`);
}
