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
  const { declared } = registry.schedules;
  const state = asked.get(registry) ?? { isDone: false, at: -Infinity };
  asked.set(registry, state);
  const isBusy = state.at + AGAIN_AFTER_MS > Date.now();
  if (state.isDone || (!always && (isBusy || declared.length === 0))) return;
  state.at = Date.now();
  try {
    await tellRoster(env, declared);
    state.isDone = true;
  } catch (error) {
    console.warn("runlet: the schedules of the code could not be made live yet; it will be tried again", error);
  }
}

/** As `syncSchedules`, whether this isolate has done it or not: another version may have done it since. */
export async function healSchedules(env: Env, registry: Registry): Promise<void> {
  asked.delete(registry);
  await syncSchedules(env, registry);
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
