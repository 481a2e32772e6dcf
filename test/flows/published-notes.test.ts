import { createRequire } from "node:module";
import { configure, metadata, runs, tags, tasks } from "@trigger.dev/sdk";
import { afterAll, beforeAll, expect, inject, test } from "vitest";

// Metadata and tags by the published client. Inside a task it reaches the platform by HTTP, too; here it is told that it is
// in one.

interface ApiClient {
  addTags(id: string, body: { readonly tags: readonly string[] }): Promise<{ readonly message: string }>;
}

interface Manager {
  runId: string | undefined;
  reset(): void;
  enterWithMetadata(metadata: object): void;
}

/** What the client's own runtime sets up around a task. */
interface Core {
  readonly apiClientManager: { clientOrThrow(): ApiClient };
  readonly runMetadata: Pick<typeof metadata, "parent" | "root"> & { setGlobalManager(manager: Manager): void };
  readonly taskContext: { setGlobalTaskContext(context: object): boolean; disable(): void };
}

const require = createRequire(createRequire(import.meta.url).resolve("@trigger.dev/sdk"));
const core = require("@trigger.dev/core/v3") as Core;
const { StandardMetadataManager } = require("@trigger.dev/core/v3/workers") as {
  readonly StandardMetadataManager: new (client: ApiClient) => Manager;
};
let manager: Manager;

beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
  manager = new StandardMetadataManager(core.apiClientManager.clientOrThrow());
  core.runMetadata.setGlobalManager(manager);
});

afterAll(() => {
  manager.reset();
  core.taskContext.disable();
});

const SOON = { pollIntervalMs: 50 };

async function endedRun(): Promise<string> {
  const handle = await tasks.trigger("note-once", {}, { metadata: { given: { deep: [1] } }, tags: ["given"] });
  const run = await runs.poll(handle, SOON);
  expect(run.metadata).toEqual({ given: { deep: [1] }, done: true, n: 2 });
  return handle.id;
}

function enter(id: string, before: object): void {
  manager.reset();
  manager.runId = id;
  manager.enterWithMetadata(before);
}

test("it triggers with metadata, also items of a batch, and sees what the run made of it", async () => {
  await endedRun();
  const { batchId } = await tasks.batchTrigger("note-once", [{ payload: {}, options: { metadata: { item: 1 } } }]);
  const find = async () => (await runs.list({ batch: batchId })).data[0];
  await expect.poll(async () => (await find())?.status, { timeout: 10_000 }).toBe("COMPLETED");
  expect((await runs.retrieve((await find())?.id ?? "")).metadata).toEqual({ item: 1, done: true, n: 2 });
});

test("its changes of metadata reach the run, its parent and its root", async () => {
  const parent = await runs.poll(await tasks.trigger("look-at-child", { a: 1, b: 2 }), SOON);
  const child = parent.relatedRuns.children?.[0]?.id ?? "";
  enter(child, {});
  metadata
    .set("a", [1])
    .append("a", 2)
    .remove("a", 1)
    .increment("n", 3)
    .decrement("n")
    .set("x", {})
    .set("$.x.y", 1)
    .set("gone", 1);
  metadata.del("gone");
  // Those of `metadata` itself are bound when the client is loaded, which is after this in its own runtime.
  const { parent: ofParent, root: ofRoot } = core.runMetadata;
  ofParent.increment("of child", 2).append("list", "p");
  ofRoot.set("root", true);
  const local = metadata.current();
  await metadata.flush();
  expect(metadata.current()).toEqual(local);
  expect((await runs.retrieve(child)).metadata).toEqual({ a: [2], n: 2, x: { y: 1 } });
  expect((await runs.retrieve(parent.id)).metadata).toEqual({ "of child": 2, list: ["p"], root: true });
  metadata.replace({ all: "new" });
  await metadata.flush();
  await metadata.refresh();
  expect(metadata.get("all")).toBe("new");
});

test("metadata over the limit is refused with 413", async () => {
  const large = { metadata: { a: "x".repeat(256 * 1024) } };
  await expect(tasks.trigger("note-once", {}, large)).rejects.toMatchObject({ status: 413 });
});

test("it adds tags from outside and from inside", async () => {
  const id = await endedRun();
  expect(await core.apiClientManager.clientOrThrow().addTags(id, { tags: ["a", "given"] })).toEqual({
    message: "Added 1 tag.",
  });
  const context = { ctx: { run: { id, tags: [] }, task: {}, attempt: {} }, worker: {}, isWarmStart: false };
  core.taskContext.setGlobalTaskContext(context);
  await tags.add("b");
  // Of a refusal of the kind "unprocessable" it makes a line in its log.
  await tags.add([..."cdefghijk"]);
  core.taskContext.disable();
  expect((await runs.retrieve(id)).tags).toEqual(["given", "noted", "a", "b"]);
  const client = core.apiClientManager.clientOrThrow();
  await expect(client.addTags(id, { tags: [..."cdefghijk"] })).rejects.toMatchObject({ status: 422 });
});
