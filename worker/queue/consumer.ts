import { callGroup } from "../engine/call-group.ts";
import { LocalEngine } from "../engine/local-engine.ts";
import type { Registry } from "../engine/registry.ts";
import { GroupWork } from "../engine/work-group.ts";
import type { Env } from "../env.ts";
import type { DispatchedRun, DispatchMessage } from "./message.ts";

const RETRY_AFTER_SECONDS = 5;

/**
 * Claims the runs of a batch of dispatches, one call a group, and works on them. A message is done with once its runs
 * are claimed: from there on the leases guard them. `work` tells who waits for the passes.
 */
export async function consume(
  batch: MessageBatch<DispatchMessage>,
  env: Env,
  registry: Registry,
  work: (work: Promise<void>) => void,
): Promise<void> {
  const engine = new LocalEngine(env, registry, "queue", true);
  await Promise.all(
    [...byGroup(batch.messages)].map(async ([group, messages]) => {
      try {
        const runs = messages.flatMap((message): readonly DispatchedRun[] => message.body.runs);
        const claims = await callGroup(env, group, (stub) => stub.claim(runs));
        if (claims.length > 0) work(new GroupWork(env, registry, engine, group).run(claims));
        for (const message of messages) message.ack();
      } catch (error) {
        console.warn("runlet: runs could not be claimed; their dispatch will be delivered again", error);
        for (const message of messages) message.retry({ delaySeconds: RETRY_AFTER_SECONDS });
      }
    }),
  );
}

function byGroup(messages: readonly Message<DispatchMessage>[]): Map<string, Message<DispatchMessage>[]> {
  const groups = new Map<string, Message<DispatchMessage>[]>();
  for (const message of messages) {
    const known = groups.get(message.body.group);
    if (known === undefined) groups.set(message.body.group, [message]);
    else known.push(message);
  }
  return groups;
}
