import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { IndexPosition } from "../storage/index-range.ts";

/**
 * A cursor: the position of a row in the index, and how many pages were turned to come by it. The published client
 * sends the cursors of all the pages it has turned, `after` and `before` at once: the one with more turns is meant.
 */
export interface ListCursor extends IndexPosition {
  readonly turns: number;
}

const FORM = /^(\d{1,15})\.(\d{1,9})\.(.+)$/;

export function encodeCursor({ createdAt, id, turns }: ListCursor): string {
  return btoa(`${createdAt}.${turns}.${id}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Throws a `RunletApiError` (400) that names the parameter for any text that `encodeCursor` did not make. */
export function decodeCursor(parameter: "page[after]" | "page[before]" | "after", text: string): ListCursor {
  const [, createdAt, turns, id] = FORM.exec(decodeBase64(text) ?? "") ?? [];
  if (createdAt === undefined || turns === undefined || id === undefined) {
    throw new RunletApiError(400, "invalid_cursor", `${parameter} is not a cursor that a list has given.`);
  }
  return { createdAt: Number(createdAt), turns: Number(turns), id };
}

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
