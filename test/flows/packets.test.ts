import { batch, configure, runs, tasks, wait } from "@trigger.dev/sdk";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { LIMITS } from "../../sdk/lib/wire.ts";
import { call, connect, fresh, lines } from "./api.ts";

// Payloads too large to be sent with their trigger: the published client puts those from 128 KiB on at an address first.
beforeAll(() => {
  const { url, key } = inject("platform");
  configure({ baseURL: url, accessToken: key });
  connect();
});

const SOON = { pollIntervalMs: 50 };
const TRIGGER = "/api/v1/tasks/echo/trigger";

interface Address {
  readonly presignedUrl: string;
  readonly storagePath: string;
}

async function newAddress(): Promise<Address> {
  const { status, body } = await call("PUT", "/api/v2/packets/any%2Fname.json");
  expect(status).toBe(200);
  return body as unknown as Address;
}

/** Puts a packet as the client does: without a key. */
async function put(url: string, body: string, type = "text/plain"): Promise<readonly [number, string | undefined]> {
  const response = await fetch(url, { method: "PUT", body, headers: { "content-type": type } });
  return [response.status, (await response.json<{ code?: string }>()).code];
}

function stored({ storagePath }: Pick<Address, "storagePath">, options: object = {}) {
  return { payload: storagePath, options: { payloadType: "application/store", ...options } };
}

const keyed = (key: string) => ({ "x-trigger-request-idempotency-key": key });

describe("the published client sends", () => {
  test.each([
    ["a text of 128 KiB", "x".repeat(131_072)],
    ["3 MiB of characters that take three bytes", "€".repeat(1024 * 1024)],
    ["a text of pairs, cut nowhere within one", `x${"😀".repeat(400_000)}`],
  ])("%s", async (_, payload) => {
    const run = await runs.poll(await tasks.trigger("echo", payload), SOON);
    expect(run.status).toBe("COMPLETED");
    expect(run.payload === payload && run.output === payload).toBe(true);
  });

  test("large values with their types", async () => {
    const payload = { date: new Date(0), big: 1n, text: "x".repeat(200_000) };
    const run = await runs.poll(await tasks.trigger("name-types", payload), SOON);
    expect(run.output).toEqual(["date: Date", "big: BigInt", "text: String"]);
  });

  test("batches with large items among small ones", async () => {
    const items = [300_000, 1, 200_000, 131_072].map((length) => ({ payload: "y".repeat(length) }));
    const { batchId } = await tasks.batchTrigger("echo", items);
    await expect.poll(async () => (await batch.retrieve(batchId)).status, { timeout: 20_000 }).toBe("COMPLETED");
    const outputs = await Promise.all((await batch.retrieve(batchId)).runs.map((id) => runs.retrieve(id)));
    expect(outputs.map(({ output }) => (output as string).length)).toEqual([300_000, 1, 200_000, 131_072]);
  });

  test("more than the limit, and is told what that is", async () => {
    const error = await tasks.trigger("echo", "x".repeat(LIMITS.payloadBytes + 1)).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ name: "TriggerApiError", status: 413 });
    expect(String(error)).toContain(`${LIMITS.payloadBytes} bytes`);
  });

  test("large values to tokens and replays, with the request itself", async () => {
    const large = "z".repeat(500_000);
    const token = await wait.createToken();
    await wait.completeToken(token, large);
    expect((await wait.retrieveToken<string>(token)).output?.length).toBe(500_000);
    const { id } = await tasks.trigger("echo", "small");
    const replayed = await runs.poll((await runs.replay(id, { payload: large })).id, SOON);
    expect((replayed.output as string).length).toBe(500_000);
  });
});

test("the published client reads outputs of megabytes", async () => {
  const run = await runs.poll(await tasks.trigger("fill", { length: 9_000_000 }), SOON);
  expect((run.output as string).length).toBe(9_000_000);
});

describe("the address of a packet", () => {
  test("takes the packet twice, and the last one counts", async () => {
    const address = await newAddress();
    expect(address.presignedUrl.startsWith(`${inject("platform").url}/api/v2/packets/`)).toBe(true);
    for (const text of ["first", "last"]) expect(await put(address.presignedUrl, text)).toEqual([200, undefined]);
    const { body } = await call("POST", TRIGGER, { body: stored(address) });
    expect((await runs.poll(body.id, SOON)).output).toBe("last");
  });

  test("gives its payload to as many runs as ask for it", async () => {
    const address = await newAddress();
    await put(address.presignedUrl, '{"json":[1]}', "application/super+json; charset=utf-8");
    const first = await call("POST", TRIGGER, { body: stored(address) });
    const replay = { payload: address.storagePath, payloadType: "application/store" };
    const second = await call("POST", `/api/v1/runs/${first.body.id}/replay`, { body: replay });
    expect((await runs.poll(first.body.id, SOON)).output).toEqual([1]);
    expect((await runs.poll(second.body.id, SOON)).output).toEqual([1]);
  });

  test("that was changed is refused, for putting and for triggering", async () => {
    const { presignedUrl, storagePath } = await newAddress();
    const other = await newAddress();
    const mixed = storagePath.replace(/[^_]+$/, other.storagePath.split("_").at(-1) ?? "");
    const later = storagePath.replace(/_([0-9a-z]+)_/, (_, at: string) => `_${(parseInt(at, 36) + 1).toString(36)}_`);
    for (const wrong of [mixed, later, `${storagePath}0`, storagePath.slice(0, -1), "x"]) {
      const refused = [400, "invalid_packet_address"];
      expect(await put(presignedUrl.replace(storagePath, wrong), "x")).toEqual(refused);
      const { status, body } = await call("POST", TRIGGER, { body: stored({ storagePath: wrong }) });
      expect([status, body.code]).toEqual(refused);
    }
  });

  test("takes nothing that a payload could not be", async () => {
    const { presignedUrl } = await newAddress();
    expect(await put(presignedUrl, "{", "application/json")).toEqual([400, "invalid_field"]);
    expect(await put(presignedUrl, "[]", "application/super+json")).toEqual([400, "invalid_field"]);
    expect(await put(presignedUrl, "x", "text/html")).toEqual([415, "unsupported_content_type"]);
    expect(await put(presignedUrl, "[".repeat(2_000) + "]".repeat(2_000), "application/json")).toEqual([
      400,
      "payload_too_deep",
    ]);
    expect(await put(presignedUrl, "x".repeat(LIMITS.payloadBytes + 1))).toEqual([413, "payload_too_large"]);
    const posted = await fetch(presignedUrl, { method: "POST", body: "x" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "PUT"]);
  });

  test("is given to holders of a key only", async () => {
    const answer = await fetch(`${inject("platform").url}/api/v2/packets/x`, { method: "PUT" });
    expect(answer.status).toBe(401);
  });
});

describe("a payload that is not at its address", () => {
  test("is refused in a trigger and in a replay, and makes nothing", async () => {
    const address = await newAddress();
    const key = fresh("gone");
    const refused = await call("POST", TRIGGER, { body: stored(address), headers: keyed(key) });
    expect([refused.status, refused.body.code]).toEqual([404, "packet_not_found"]);
    expect(refused.body.error).toContain("There is no packet at the address");
    await put(address.presignedUrl, "late");
    const { status, body } = await call("POST", TRIGGER, { body: stored(address), headers: keyed(key) });
    expect([status, (await runs.poll(body.id, SOON)).output]).toEqual([200, "late"]);
    const replay = { payload: (await newAddress()).storagePath, payloadType: "application/store" };
    const again = await call("POST", `/api/v1/runs/${body.id}/replay`, { body: replay });
    expect([again.status, again.body.code]).toEqual([404, "packet_not_found"]);
  });

  test.each(["plain", "with an idempotency key", "debounced"])(
    "keeps no request that is sent again from its run (%s)",
    async (kind) => {
      const [there, gone, key] = [await newAddress(), await newAddress(), fresh("again")];
      await put(there.presignedUrl, "once");
      const debounce = { debounce: { key, delay: "1h" } };
      const options = kind === "plain" ? {} : kind === "debounced" ? debounce : { idempotencyKey: key };
      const trigger = ({ storagePath }: Address, request = key) =>
        call("POST", TRIGGER, { body: stored({ storagePath }, options), headers: keyed(request) });
      const first = await trigger(there);
      const again = await trigger(gone);
      expect([again.status, again.body]).toEqual([200, first.body]);
      const other = await trigger(gone, fresh("other"));
      if (kind === "with an idempotency key") expect(other.body).toEqual({ id: first.body.id, isCached: true });
      else expect([other.status, other.body.code]).toEqual([404, "packet_not_found"]);
      if (kind === "debounced") await runs.reschedule(first.body.id, { delay: "1s" });
      expect((await runs.poll(first.body.id, SOON)).output).toBe("once");
    },
  );

  test("makes a failed item of a batch, unless the item is there", async () => {
    const { body } = await call("POST", "/api/v3/batches", { body: { runCount: 2 } });
    const [there, gone] = [await newAddress(), await newAddress()];
    await put(there.presignedUrl, "item");
    const item = (index: number, address: Address) => ({ index, task: "echo", ...stored(address) });
    const send = (...items: readonly object[]) =>
      call("POST", `/api/v3/batches/${body.id}/items`, {
        body: lines(...items),
        headers: { "content-type": "application/x-ndjson" },
      });
    expect((await send(item(0, there))).body).toMatchObject({ itemsAccepted: 1, sealed: false });
    const forged = await send(item(1, { presignedUrl: "", storagePath: "packet_x" }));
    expect([forged.status, forged.body.code]).toEqual([400, "invalid_packet_address"]);
    expect(forged.body.error).toContain("Item 1: ");
    const answer = await send(item(0, gone), item(1, gone));
    expect(answer.body).toMatchObject({ itemsAccepted: 1, itemsDeduplicated: 1, sealed: true });
    await expect.poll(async () => (await batch.retrieve(body.id)).status).toBe("PARTIAL_FAILED");
    const { runs: ids, processing } = await batch.retrieve(body.id);
    expect((await runs.retrieve(ids[0] ?? "")).output).toBe("item");
    expect(processing.errors).toMatchObject([{ index: 1, error: expect.stringContaining("There is no packet") }]);
  });
});
