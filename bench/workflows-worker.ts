/**
 * The jobs of the bench on Cloudflare Workflows, as lean as it allows. It has no call of a child: a parent creates its
 * children in a step and waits for an event from each; a child sends that event at its end. A no-op has no step at all.
 */
import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";

interface Payload {
  readonly n: number;
  /** Whom to tell of the end, and with which event. */
  readonly parent?: { readonly workflow: "FAN_OUT" | "CHAIN"; readonly id: string; readonly event: string };
}

type Env = {
  readonly NOOP: Workflow<Payload>;
  readonly FAN_OUT: Workflow<Payload>;
  readonly CHAIN: Workflow<Payload>;
};

/** `createBatch` takes no more. */
const BATCH = 100;
const TIMEOUT = "1 hour";
const TERMINAL = new Set<InstanceStatus["status"]>(["complete", "errored", "terminated"]);

export class Noop extends WorkflowEntrypoint<Env, Payload> {
  override async run({ payload }: WorkflowEvent<Payload>): Promise<string> {
    await tellParent(this.env, payload, "done");
    return "done";
  }
}

export class FanOut extends WorkflowEntrypoint<Env, Payload> {
  override async run({ payload, instanceId: id }: WorkflowEvent<Payload>, step: WorkflowStep): Promise<number> {
    const children = Array.from({ length: payload.n }, (_, index) => ({
      id: `${id}-${index}`,
      params: { n: 0, parent: { workflow: "FAN_OUT" as const, id, event: `done-${index}` } },
    }));
    await step.do("create the children", async () => {
      const batches: Promise<unknown>[] = [];
      for (let from = 0; from < children.length; from += BATCH) {
        batches.push(this.env.NOOP.createBatch({ instances: children.slice(from, from + BATCH) }));
      }
      await Promise.all(batches);
    });
    const done = children.map(({ params: { parent } }) =>
      step.waitForEvent(`wait for ${parent.event}`, { type: parent.event, timeout: TIMEOUT }),
    );
    return (await Promise.all(done)).length;
  }
}

export class Chain extends WorkflowEntrypoint<Env, Payload> {
  override async run({ payload, instanceId: id }: WorkflowEvent<Payload>, step: WorkflowStep): Promise<number> {
    let calls = 0;
    if (payload.n > 0) {
      const params = { n: payload.n - 1, parent: { workflow: "CHAIN" as const, id, event: "done" } };
      await step.do("create the child", async () => void (await this.env.CHAIN.create({ id: `${id}-c`, params })));
      const told = await step.waitForEvent<number>("wait for the child", { type: "done", timeout: TIMEOUT });
      calls = told.payload + 1;
    }
    await tellParent(this.env, payload, calls);
    return calls;
  }
}

async function tellParent(env: Env, { parent }: Payload, output: unknown): Promise<void> {
  if (parent === undefined) return;
  const instance = await env[parent.workflow].get(parent.id);
  await instance.sendEvent({ type: parent.event, payload: output });
}

/** POST /<workflow> creates an instance and answers its id; GET /<workflow>/<id> answers its end as soon as it comes. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const [, name = "", id] = new URL(request.url).pathname.split("/");
    const workflow = new Map(Object.entries(env)).get(name);
    // A question after its health.
    if (workflow === undefined) return new Response("ok");
    if (id === undefined) {
      const instance = await workflow.create({ params: await request.json<Payload>() });
      return Response.json({ id: instance.id });
    }
    return Response.json(await ended(await workflow.get(id)));
  },
};

/** A subscription rather than a poll: it is told of the end at once. */
async function ended(instance: WorkflowInstance): Promise<InstanceStatus> {
  for (;;) {
    const status = await instance.status();
    if (TERMINAL.has(status.status)) return status;
    using end = await instance.subscribe({
      filter: ["workflow_completed", "workflow_errored", "workflow_terminated"],
    });
    await end.next();
  }
}
