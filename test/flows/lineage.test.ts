import { beforeAll, expect, test } from "vitest";
import { batch } from "../../sdk/index.ts";
import { lineage } from "../support/tasks-large.ts";
import { connect, finish, outputOf } from "./api.ts";

beforeAll(connect);

interface Told {
  readonly id: string;
  readonly awaited: { readonly id: string; readonly rootTaskRunId: string; readonly parentTaskRunId: string };
  readonly sent: string;
  readonly batchId: string;
}

test("a run knows its parent and root, over groups and batches", async () => {
  const top = await lineage.trigger({ levels: 2 });
  const { sent, batchId, awaited } = (await outputOf(top)) as Told & { readonly awaited: Told };
  expect(awaited.awaited).toMatchObject({ rootTaskRunId: top.id, parentTaskRunId: awaited.id });

  const middle = (await outputOf(sent)) as Told;
  const { relatedRuns, ...ofSent } = await finish(sent);
  expect(ofSent).toMatchObject({ parentTaskRunId: top.id, rootTaskRunId: top.id });
  expect(relatedRuns).toMatchObject({ parent: { id: top.id, depth: 0 }, root: { id: top.id, status: "COMPLETED" } });
  const below = await finish(middle.awaited.id);
  expect(below.relatedRuns).toMatchObject({ parent: { id: sent, depth: 1 }, root: { id: top.id } });
  expect(middle.awaited).toMatchObject({ rootTaskRunId: top.id, parentTaskRunId: sent });
  expect(await finish(middle.awaited.id)).toMatchObject({ depth: 2 });

  const [item = ""] = (await batch.retrieve(batchId)).runs;
  const ofBatch = (await outputOf(item)) as Told;
  expect(ofBatch.awaited).toMatchObject({ rootTaskRunId: top.id, parentTaskRunId: item });
  expect(await finish(item)).toMatchObject({ depth: 1, batchId });
});
