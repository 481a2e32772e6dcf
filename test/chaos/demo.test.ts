import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Random } from "../support/random.ts";

const SCRIPT = new URL("../../scripts/demo.ts", import.meta.url).pathname;
/** It prints some more before its end. */
const LINES = 40;

/** The demo, interrupted when it has printed this many lines; in a process group and with a temporary folder of its own. */
async function interrupt(lines: number, wholeGroup: boolean) {
  const temp = mkdtempSync(join(tmpdir(), "runlet-demo-"));
  const demo = spawn(process.execPath, [SCRIPT], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
    env: { ...process.env, TMPDIR: temp },
  });
  const { pid = 0 } = demo;
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    demo.once("exit", (code, signal) => resolve(code ?? signal));
  });
  let printed = "";
  let isSent = false;
  const look = (): void => {
    if (isSent || printed.split("\n").length <= lines) return;
    isSent = true;
    // A terminal sends it to the whole group; others to the process alone.
    process.kill(wholeGroup ? -pid : pid, "SIGINT");
  };
  demo.stdout.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    look();
  });
  look();
  const end = await ended;
  await expect.poll(() => isAlive(-pid), { timeout: 5_000, interval: 10 }).toBe(false);
  const left = readdirSync(temp);
  rmSync(temp, { recursive: true, force: true });
  return { end, left };
}

function isAlive(id: number): boolean {
  try {
    return process.kill(id, 0);
  } catch {
    return false;
  }
}

test("the demo that is interrupted at any moment leaves no process and no file behind", async () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
  console.info(`the demo, interrupted: seed ${seed} (SEED=${seed} interrupts it after the same lines)`);
  const random = new Random(seed);
  expect((await interrupt(0, true)).left).toEqual([]); // before it has begun to listen to signals, perhaps
  for (const most of [3, LINES, LINES]) {
    const lines = 1 + random.below(most);
    expect(await interrupt(lines, random.below(2) === 0), `after ${lines} lines`).toEqual({ end: 130, left: [] });
  }
});
