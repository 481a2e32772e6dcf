import { readTagList } from "./tag-list.ts";
import { currentPass } from "./trigger.ts";

/** The tags of the run that executes. */
export const tags = {
  /**
   * Adds tags to the run: 10 in all, of 1-128 characters each. They are stored with what the pass reports, or about a second
   * later. A tag that the run has is passed over, so a replay adds none. Rejects with a `RunletApiError`: 400 for what
   * is no tag, 422 (`too_many_tags`) over the limit; outside a task with `OutsideTaskError`.
   */
  async add(added: string | readonly string[]): Promise<void> {
    currentPass("tags.add", "Use runs.addTags(run, tags) here.").notes.addTags(readTagList(added));
  },
};
