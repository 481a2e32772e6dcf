import { describe, expect, test } from "vitest";
import { task } from "../../sdk/index.ts";
import { Registry } from "../../worker/engine/registry.ts";

const run = () => undefined;

describe("the registry of tasks", () => {
  test("refuses two tasks with one id and names both places", () => {
    const first = task({ id: "twice", run });
    const second = task({ id: "twice", run });
    const here = /registry\.test\.ts:\d+/g;
    const message = messageOf(() => new Registry([first, second]));
    expect(message).toContain('Two tasks have the id "twice"');
    const places = [...message.matchAll(here)].map(([place]) => place);
    expect(places).toHaveLength(2);
    expect(places[0]).not.toBe(places[1]);
  });

  test("takes one task that is listed twice", () => {
    const once = task({ id: "once", run });
    expect(new Registry([once, once]).ids).toEqual(["once"]);
  });

  test("refuses something that is no task and says where it stands", () => {
    // A list that was written in JavaScript.
    const notTasks = [task({ id: "fine", run }), { id: "not-a-task" }] as never[];
    expect(messageOf(() => new Registry(notTasks))).toContain("tasks[1] is not a task");
  });

  test("fills in the attempts of the definition where the trigger names none", () => {
    const registry = new Registry([task({ id: "five", retry: { maxAttempts: 5 }, run })]);
    expect(registry.resolve("five", {})).toEqual({ tags: [], maxAttempts: 5 });
    expect(registry.resolve("five", { maxAttempts: 2, tags: ["a"] })).toEqual({ tags: ["a"], maxAttempts: 2 });
  });

  test("places a run that was in a queue which is no more in that of its task", () => {
    const registry = new Registry([task({ id: "mail", queue: { name: "mails", concurrencyLimit: 1 }, run })]);
    const again = (queue: string) => registry.resolve("mail", registry.withoutDropped({ queue, maxAttempts: 2 }));
    expect(again("letters")).toMatchObject({ queue: "mails", maxAttempts: 2 });
    expect(again("task/mail")).toMatchObject({ queue: "task/mail" });
    expect(() => registry.resolve("mail", { queue: "letters" })).toThrow('no queue "letters"');
  });

  test("refuses an unknown task with the names it may have been meant to be", () => {
    const registry = new Registry([task({ id: "send-mail", run }), task({ id: "resize", run })]);
    expect(() => registry.resolve("send-mial", {})).toThrow(
      expect.objectContaining({ status: 404, code: "task_not_found", message: expect.stringContaining('"send-mail"') }),
    );
  });
});

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}
