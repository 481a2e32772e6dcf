import { task } from "runlet";

/** The smallest task there is. */
export const hello = task({
  id: "hello",
  run: async (payload: { name: string }) => `Hello, ${payload.name}!`,
});

/** A parent that waits for its child, once for each name. While it waits it uses nothing. */
export const greet = task({
  id: "greet",
  run: async (payload: { names: string[] }) => {
    const greetings: string[] = [];
    for (const name of payload.names) greetings.push(await hello.triggerAndWait({ name }).unwrap());
    return greetings;
  },
});

export const countLetters = task({
  id: "count-letters",
  run: async (payload: { word: string }) => payload.word.length,
});

/** A batch that fans out and in: the parent goes on once, after the last child. */
export const fanOut = task({
  id: "fan-out",
  run: async (payload: { words: string[] }) => {
    const { runs } = await countLetters.batchTriggerAndWait(payload.words.map((word) => ({ payload: { word } })));
    return runs.reduce((sum, run) => sum + (run.ok ? run.output : 0), 0);
  },
});
