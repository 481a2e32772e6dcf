import { parseId } from "../core/ids.ts";
import { callGroup } from "../engine/call-group.ts";
import { delivered, deliveryOf } from "../engine/send-operations.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";

/** Carries the letter at `n` to the group of its run, and takes note of it. Rejects when that group has not answered. */
export async function carryLetter(env: Env, turn: <T>(verb: (turn: Turn) => T) => T, n: string): Promise<void> {
  const owed = turn((its) => deliveryOf(its, n));
  if (owed === undefined) return;
  const { sender, from, operations, target } = owed;
  const place = parseId("run", target);
  if (place === undefined) throw new Error(`There is no run "${target}".`);
  await callGroup(env, place.group, (group) => group.receive(place.n, { sender, from, operations }));
  turn((its) => delivered(its, n, from + operations.length));
}
