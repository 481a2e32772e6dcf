import { runs } from "../../sdk/index.ts";

/** What is not over of a run and of all that it waits for, a line each: for the message of a test that waits in vain. */
export async function openBelow(id: string): Promise<string[]> {
  const { status, taskIdentifier, isCompleted, attemptCount, updatedAt, relatedRuns } = await runs.retrieve(id);
  if (isCompleted) return [];
  const below = await Promise.all((relatedRuns.children ?? []).map((child) => openBelow(child.id)));
  const own = `${taskIdentifier} ${id} is ${status} in attempt ${attemptCount} since ${updatedAt.toISOString()}`;
  return [own, ...below.flat()];
}
