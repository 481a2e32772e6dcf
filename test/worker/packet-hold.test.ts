import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { HeldPackets } from "../../worker/engine/held-packets.ts";
import { newPacketAddress, readPacketAddress } from "../../worker/engine/packet-address.ts";

const MINUTE = 60_000;
const packets = new HeldPackets(env);
const VALUE = { data: "x".repeat(1_200_000), type: "text/plain" } as const;

const nameOf = async (address: string) => (await readPacketAddress(env, address))?.name ?? "";

test("a packet is held for an hour after its address was given out, and then deleted with all that there was", async () => {
  const address = await packets.newAddress();
  const payload = { type: "application/store", address } as const;
  await packets.put(address, VALUE);
  await packets.put(address, VALUE);
  expect(await packets.open(payload)).toEqual(VALUE);
  const hold = env.PACKET_HOLD.getByName(await nameOf(address));
  const alarm = await runInDurableObject(hold, (_, { storage }) => storage.getAlarm());
  expect(Math.round(((alarm ?? 0) - Date.now()) / MINUTE)).toBe(60);
  await runDurableObjectAlarm(hold);
  expect(await packets.open(payload)).toBeUndefined();
  const left = await runInDurableObject(hold, async (_, { storage }) => [
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'piece'").toArray(),
    await storage.getAlarm(),
  ]);
  expect(left).toEqual([[], null]);
});

test.each([
  ["nothing", { type: "application/json" }],
  ["an empty text", { type: "text/plain", data: "" }],
  ["a short text", { type: "application/super+json", data: '{"json":1}' }],
] as const)("%s is a packet, too", async (_, packet) => {
  const address = await packets.newAddress();
  await packets.put(address, packet);
  expect(await packets.open({ type: "application/store", address })).toEqual(packet);
});

test("a packet of 3 MiB costs a row for each 500,000 characters", async () => {
  const hold = env.PACKET_HOLD.getByName("costs");
  await hold.put({ data: "x".repeat(3 * 1024 * 1024), type: "text/plain" }, Date.now() + MINUTE);
  const rows = await runInDurableObject(hold, (_, { storage }) => storage.sql.exec("SELECT 1 FROM piece").toArray());
  expect(rows).toHaveLength(7);
});

test("an address takes nothing after ten minutes, and after an hour nobody is asked", async () => {
  const late = await newPacketAddress(env, Date.now() - 11 * MINUTE);
  const expired = { status: 403, code: "packet_address_expired" };
  await expect(packets.put(late, VALUE)).rejects.toMatchObject(expired);
  const gone = await newPacketAddress(env, Date.now() - 61 * MINUTE);
  const asleep = new HeldPackets({
    ...env,
    PACKET_HOLD: { getByName: vi.fn<() => never>() } as unknown as typeof env.PACKET_HOLD,
  });
  expect(await asleep.open({ type: "application/store", address: gone })).toBeUndefined();
});

test("an address that was not given out here wakes no object", async () => {
  const getByName = vi.fn<() => never>();
  const asleep = new HeldPackets({ ...env, PACKET_HOLD: { getByName } as unknown as typeof env.PACKET_HOLD });
  const real = await packets.newAddress();
  const foreign = await newPacketAddress({ ...env, RUNLET_SECRET_KEY: "another" }, Date.now());
  for (const address of ["", "packet_1", foreign, real.replace(/.$/, (last) => (last === "0" ? "1" : "0"))]) {
    const refusal = { status: 400, code: "invalid_packet_address" };
    await expect(asleep.put(address, VALUE)).rejects.toMatchObject(refusal);
    await expect(asleep.open({ type: "application/store", address })).rejects.toMatchObject(refusal);
  }
  expect(getByName).not.toHaveBeenCalled();
});

test("an address is good with each of the deployment's keys", async () => {
  const address = await newPacketAddress({ ...env, RUNLET_SECRET_KEY: "old" }, Date.now());
  expect(await readPacketAddress({ ...env, RUNLET_SECRET_KEY: "new, old" }, address)).toBeDefined();
  expect(await readPacketAddress({ ...env, RUNLET_SECRET_KEY: "new" }, address)).toBeUndefined();
});
