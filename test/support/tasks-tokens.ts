import { task, wait } from "../../sdk/index.ts";
import { tell } from "./tasks-outside.ts";

interface Outside {
  readonly outside: string;
}

/** Waits for a token that it is given. */
export const awaitToken = task({
  id: "await-token",
  retry: { maxAttempts: 1 },
  run: async ({ token }: { readonly token: string }) => {
    const result = await wait.forToken<{ readonly yes: boolean; readonly at?: Date }>(token);
    return result.ok ? result.output : { failed: result.error.name };
  },
});

/** Makes a token of its own, tells of it, and waits for it and for a second one beside a time. */
export const approve = task({
  id: "approve",
  retry: { maxAttempts: 1 },
  run: async ({ outside }: Outside) => {
    const first = await wait.createToken({ tags: ["approval"], timeout: "1h" });
    const second = await wait.createToken();
    await tell(outside, `${first.id} ${first.url}`);
    const answer = await wait.forToken<string>(first).unwrap();
    const late = await Promise.race([
      wait.forToken(second).then(() => "completed"),
      wait.for({ seconds: 0.2 }).then(() => "nobody came"),
    ]);
    return { answer, late, ids: [first.id, second.id] };
  },
});

/** Makes a token with a key of its own, and finds it by that. */
export const findToken = task({
  id: "find-token",
  retry: { maxAttempts: 1 },
  run: async ({ name }: { readonly name: string }) => {
    const { id } = await wait.createToken({ idempotencyKey: name });
    const found: string[] = [];
    for (const end = Date.now() + 10_000; found.length === 0 && Date.now() < end;) {
      await new Promise((resolve) => void setTimeout(resolve, 50));
      for await (const token of wait.listTokens({ idempotencyKey: name })) found.push(token.id);
    }
    return { isFound: found.length === 1 && found[0] === id };
  },
});

export const tokenTasks = [awaitToken, approve, findToken];
