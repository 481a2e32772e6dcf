import type { Claim } from "../../sdk/lib/journal.ts";
import { callGroup } from "../engine/call-group.ts";
import { newCallName } from "../engine/call-name.ts";
import { LocalEngine } from "../engine/local-engine.ts";
import type { Registry } from "../engine/registry.ts";
import { GroupWork } from "../engine/work-group.ts";
import type { Env } from "../env.ts";
import { apart } from "./alone-gate.ts";
import type { DispatchedRun, DispatchMessage } from "./message.ts";

const RETRY_AFTER_SECONDS = 5;

/** A dispatch that has arrived, and the way to say what came of it. */
export type Delivery = Pick<Message<DispatchMessage>, "body" | "ack" | "retry">;

/**
 * Claims the runs of a batch of dispatches, one call a group, and works on them to the end. A message is done with once
 * its runs are claimed: from there on the leases guard them. Runs that a crash has set apart come last, one at a time,
 * and those of several batches in one isolate one after the other, so that one that takes its isolate down takes no other
 * with it.
 */
export async function consume(batch: readonly Delivery[], env: Env, registry: Registry): Promise<void> {
  const eventAt = Date.now();
  const engine = new LocalEngine(env, registry, "queue", true);
  const work = async (group: string, messages: readonly Delivery[]): Promise<void> => {
    const claims = await claim(env, group, messages);
    if (claims.length > 0) await new GroupWork(env, registry, engine, group, eventAt).run(claims);
  };
  const together = batch.filter((message) => message.body.alone !== true);
  await Promise.all([...byGroup(together)].map(([group, messages]) => work(group, messages)));
  for (const message of batch) {
    if (message.body.alone === true) await apart(() => work(message.body.group, [message]));
  }
}

async function claim(env: Env, group: string, messages: readonly Delivery[]): Promise<Claim[]> {
  try {
    const runs = messages.flatMap((message): readonly DispatchedRun[] => message.body.runs);
    const call = newCallName();
    const claims = await callGroup(env, group, (stub) => stub.claim(runs, call));
    for (const message of messages) message.ack();
    return claims;
  } catch (error) {
    console.warn("runlet: runs could not be claimed; their dispatch will be delivered again", error);
    for (const message of messages) message.retry({ delaySeconds: RETRY_AFTER_SECONDS });
    return [];
  }
}

function byGroup(messages: readonly Delivery[]): Map<string, Delivery[]> {
  const groups = new Map<string, Delivery[]>();
  for (const message of messages) {
    const known = groups.get(message.body.group);
    if (known === undefined) groups.set(message.body.group, [message]);
    else known.push(message);
  }
  return groups;
}
