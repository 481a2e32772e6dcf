import { RunletApiError } from "./errors.ts";
import { LIMITS } from "./wire.ts";

/** One tag or several, as a list. Throws a `RunletApiError` (400, `invalid_tags`) for what is no tag. */
export function readTagList(value: unknown): readonly string[] {
  const tags: readonly unknown[] = Array.isArray(value) ? value : [value];
  return tags.map((tag) => {
    if (typeof tag === "string" && tag.length > 0 && tag.length <= LIMITS.tagLength) return tag;
    throw new RunletApiError(400, "invalid_tags", `A tag must be a string of 1-${LIMITS.tagLength} characters.`);
  });
}

/**
 * The tags with those of `added` that are new; `tags` itself when none is. Throws a `RunletApiError` (422,
 * `too_many_tags`) for more than a run may have: then none is added.
 */
export function joinTags(tags: readonly string[], added: readonly string[]): readonly string[] {
  const fresh = [...new Set(added)].filter((tag) => !tags.includes(tag));
  if (fresh.length === 0) return tags;
  const joined = [...tags, ...fresh];
  if (joined.length <= LIMITS.tags) return joined;
  const message = `A run holds ${LIMITS.tags} tags; with these it would have ${joined.length}. None of them was added: ${fresh.join(", ")}.`;
  throw new RunletApiError(422, "too_many_tags", message);
}
