import { runs, task, tasks } from "runlet";

export const hello = task({ id: "hello", run: async (payload: { readonly name: string }) => payload.name.length });

export async function use(): Promise<number> {
  const handle = await tasks.trigger<typeof hello>("hello", { name: "a" });
  const run = await runs.poll(handle);
  // @ts-expect-error the payload has a type
  await hello.trigger({ name: 1 });
  return run.output ?? 0;
}
