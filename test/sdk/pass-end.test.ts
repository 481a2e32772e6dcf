import { describe, expect, test } from "vitest";
import { logger } from "../../sdk/lib/logger.ts";
import { step } from "../../sdk/lib/step.ts";
import { task } from "../../sdk/lib/task.ts";
import { outside, Rehearsal } from "../support/rehearsal.ts";

const ask = task({ id: "ask", run: (question: string) => question });
const tell = task({ id: "tell", run: (said: string) => said });

describe("a wait that is begun", () => {
  test("is started with the next suspension, though nobody awaits it yet", async () => {
    const run = new Rehearsal(async () => {
      const early = ask.triggerAndWait("early").unwrap();
      const other = await tell.triggerAndWait("other").unwrap();
      return `${other} ${await early}`;
    });
    expect(await run.suspends()).toEqual(["run:ask#0", "run:tell#0"]);
  });

  test("lets what comes before its await finish first", async () => {
    let fetched = 0;
    const run = new Rehearsal(async () => {
      const wait = ask.triggerAndWait("q").unwrap();
      await outside(5);
      fetched += 1;
      return wait;
    });
    expect(await run.suspends()).toEqual(["run:ask#0"]);
    expect(fetched).toBe(1);
  });

  test("and never awaited is not started by the end of the run", async () => {
    const run = new Rehearsal(() => {
      void ask.triggerAndWait("q");
      return "over";
    });
    expect(await run.completes()).toBe("over");
  });

  test("has its key from the call, whatever is awaited first", async () => {
    const run = new Rehearsal(async () => {
      const small = ask.batchTriggerAndWait([{ payload: "a" }]);
      const large = ask.batchTriggerAndWait([{ payload: "a" }, { payload: "b" }]);
      await large;
      await small;
    });
    const { end } = await run.pass();
    expect(end).toMatchObject({
      type: "suspended",
      waits: [
        { key: "batch:#0", runCount: 1 },
        { key: "batch:#1", runCount: 2 },
      ],
    });
  });

  test("is asked for once, however many passes come by", async () => {
    const run = new Rehearsal(async () => Promise.all([ask.triggerAndWait("a"), ask.triggerAndWait("b")]));
    expect(await run.suspends()).toEqual(["run:ask#0", "run:ask#1"]);
    run.settle("run:ask#0", "a");
    expect(await run.suspends()).toEqual([]);
  });
});

describe("a pass", () => {
  test("suspends only after the steps in flight", async () => {
    const run = new Rehearsal(async () => {
      const slow = step.run("slow", () => outside(10));
      await ask.triggerAndWait("q");
      await slow;
    });
    expect(await run.suspends()).toEqual(["run:ask#0"]);
    expect(run.asked).toEqual(["step:slow#0"]);
  });

  test("fails only after the steps in flight, and leaves them on record", async () => {
    const run = new Rehearsal(async () => {
      void step.run("slow", () => outside(10));
      await outside(1);
      throw new Error("no luck");
    });
    expect((await run.fails()).error.message).toBe("no luck");
    expect(run.asked).toEqual(["step:slow#0"]);
  });

  test("ends when its function has thrown between a step that is kept and one in flight", async () => {
    const run = new Rehearsal(() =>
      Promise.all([
        step.run("fails", () => Promise.reject(new Error("no luck"))),
        step.run("is kept", () => 1).then(() => step.run("not begun any more", () => 2)),
        step.run("in flight", () => outside(10)),
      ]),
    );
    expect((await run.fails()).error.message).toBe("no luck");
    expect(run.asked).toContain("step:in flight#0");
  });

  test("that has ended lets nothing of its code reach the group", async () => {
    let goOn: () => void = () => undefined;
    const ran: string[] = [];
    const run = new Rehearsal(async () => {
      void new Promise<void>((resolve) => (goOn = resolve)).then(async () => {
        logger.info("late");
        void tell.trigger("late");
        void tell.batchTrigger([{ payload: "late" }]);
        void tell.triggerAndWait("late");
        void tell.batchTriggerAndWait([{ payload: "late" }]);
        await step.run("late", () => ran.push("step"));
        ran.push("after");
      });
      await ask.triggerAndWait("q");
    });
    const { end, logs } = await run.pass();
    goOn();
    await outside(5);
    expect(run.asked).toEqual([]);
    expect(ran).toEqual([]);
    expect(logs).toEqual([]);
    expect(end).toMatchObject({ type: "suspended", waits: [{ key: "run:ask#0" }] });
  });

  test.each([
    ["step", () => step.run("s", () => 1)],
    ["trigger", () => ask.trigger("q")],
    ["batch", () => ask.batchTrigger([{ payload: "q" }])],
  ] as const)("whose %s is not kept, since the run is another's, tells nobody and goes no further", async (_, call) => {
    const after: string[] = [];
    const run = new Rehearsal(async () => {
      await call().then(
        () => after.push("went on"),
        () => after.push("caught"),
      );
    });
    const refuse = () => Promise.resolve(false as const);
    Object.assign(run.door, { keepStep: refuse, startElsewhere: refuse, startBatchElsewhere: refuse });
    const ended = await Promise.race([run.pass(), outside(20).then(() => "still open")]);
    expect(ended).toBe("still open");
    expect(after).toEqual([]);
  });

  test("whose step could not be kept fails its attempt, though its function returns before the others are", async () => {
    const run = new Rehearsal(async () => {
      void step.run("lost", () => 1);
      void step.run("slow", () => outside(10));
      await outside(1);
      return "over";
    });
    const { keepStep } = run.door;
    run.door.keepStep = (key, digest, outcome) =>
      key === "step:lost#0" ? Promise.reject(new Error("Network connection lost.")) : keepStep(key, digest, outcome);
    expect((await run.fails()).error.message).toBe("Network connection lost.");
    expect(run.asked).toEqual(["step:slow#0"]);
  });

  test("whose step could not be kept fails its attempt, though the code would catch it", async () => {
    const after: string[] = [];
    const run = new Rehearsal(async () => {
      await step.run("s", () => 1).catch(() => after.push("caught"));
      return ask.triggerAndWait("q");
    });
    run.door.keepStep = () => Promise.reject(new Error("Network connection lost."));
    expect(await run.fails()).toMatchObject({ error: { message: "Network connection lost." }, retry: true });
    expect(after).toEqual([]);
  });
});

describe("a suspension", () => {
  test("cannot be swallowed by a catch or a finally", async () => {
    const seen: string[] = [];
    const run = new Rehearsal(async () => {
      try {
        return await ask.triggerAndWait("q").unwrap();
      } catch {
        seen.push("catch");
      } finally {
        seen.push("finally");
      }
    });
    await run.suspends();
    expect(seen).toEqual([]);
    run.settle("run:ask#0", "a");
    expect(await run.completes()).toBe("a");
    expect(seen).toEqual(["finally"]);
  });
});

describe("a call that is not deterministic", () => {
  test("ends the pass when the steps in flight have ended, and starts no other", async () => {
    const done: string[] = [];
    let pass = 0;
    const run = new Rehearsal(async () => {
      pass += 1;
      if (pass === 2) {
        void step.run("slow", () => outside(20).then(() => done.push("slow")));
        void outside(5).then(() => step.run("late", () => done.push("late")));
      }
      await ask.triggerAndWait(`question ${pass}`);
    });
    await run.suspends();
    expect((await run.fails()).error.name).toBe("NonDeterministicError");
    expect(done).toEqual(["slow"]);
    expect(run.asked).toEqual(["step:slow#0"]);
  });
});
