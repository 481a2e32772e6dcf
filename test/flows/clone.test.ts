import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startPlatform } from "../../scripts/platform.ts";
import { binary, ROOT, wranglerCommand } from "../../scripts/tools.ts";
import { configure, runs, tasks } from "../../sdk/index.ts";
import { readBlocks } from "./doc-blocks.ts";

// What somebody has who has cloned this repository, installed and not built it, and put the README's first task into
// worker/tasks.ts.

const CLONED = ["sdk", "worker", "package.json", "tsconfig.json", "wrangler.toml"];
const clone = mkdtempSync(join(tmpdir(), "runlet-clone-"));

beforeAll(() => {
  for (const part of CLONED) cpSync(join(ROOT, part), join(clone, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
  const first = readBlocks("README.md").find(({ code }) => code.startsWith("// worker/tasks.ts\n"));
  writeFileSync(join(clone, "worker/tasks.ts"), first?.code ?? "");
});

afterAll(() => {
  rmSync(clone, { recursive: true, force: true });
});

test("its types are right, and it goes into the bundle that is deployed", () => {
  for (const [command, args] of [
    [binary("tsc"), ["-p", clone]],
    wranglerCommand("deploy", "--dry-run", "--outdir", join(clone, "out")),
  ] as const) {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: clone, encoding: "utf8" });
    expect(status, stdout + stderr).toBe(0);
  }
});

test("it waits and goes on, under npm start", async () => {
  const platform = await startPlatform({ worker: join(clone, "wrangler.toml") });
  try {
    configure({ baseURL: platform.url, accessToken: platform.key });
    const run = await runs.poll(await tasks.trigger("boil-egg", { minutes: 0.005 }));
    expect(run).toMatchObject({ status: "COMPLETED", output: "An egg of 0.005 minutes." });
    expect(run.attemptCount).toBe(1);
  } finally {
    await platform.stop();
  }
});
