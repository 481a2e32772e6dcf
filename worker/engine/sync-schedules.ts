import type { ScheduleSpec } from "../core/schedule.ts";
import type { Env } from "../env.ts";
import { callRoster } from "./call-schedule.ts";
import type { Registry } from "./registry.ts";

const AGAIN_AFTER_MS = 5_000;

/** What an isolate knows of the roster: whether that has had the schedules of its code, and when it was asked last. */
const asked = new WeakMap<Registry, { isDone: boolean; at: number }>();

/**
 * Makes the schedules of the code live: once in an isolate, at its first event. Where several versions of the code are alive, the
 * one whose isolate has started last counts. Code without schedules asks for nothing, unless there may be some of an older
 * version (`always`).
 */
export async function syncSchedules(env: Env, registry: Registry, always = false): Promise<void> {
  if (owesSync(registry, always)) await healSchedules(env, registry);
}

/** Whether `syncSchedules` has anything to do: every event asks. */
export function owesSync(registry: Registry, always = false): boolean {
  const { isDone, at } = asked.get(registry) ?? { isDone: false, at: -Infinity };
  if (isDone) return false;
  return always || (registry.schedules.declared.length > 0 && at + AGAIN_AFTER_MS <= Date.now());
}

/**
 * As `syncSchedules`, whether this isolate has done it or not, and whether its code has schedules or not: an isolate of another
 * version may have declared its own since. One request, and no row where nothing is to be healed.
 */
export async function healSchedules(env: Env, registry: Registry): Promise<void> {
  const state = { isDone: false, at: Date.now() };
  asked.set(registry, state);
  try {
    await tellRoster(env, registry.schedules.declared);
    state.isDone = true;
  } catch (error) {
    console.warn("runlet: the schedules of the code could not be made live yet; it will be tried again", error);
  }
}

async function tellRoster(env: Env, declared: readonly ScheduleSpec[]): Promise<void> {
  const hash = await hashOf(declared);
  if (await callRoster(env, (roster) => roster.knows(hash))) return;
  await callRoster(env, (roster) => roster.declare(hash, declared));
}

/** Empty for no schedules. */
async function hashOf(declared: readonly ScheduleSpec[]): Promise<string> {
  if (declared.length === 0) return "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(declared)));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
