import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse } from "smol-toml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPlatform, type Platform } from "../../scripts/platform.ts";
import { binary, ROOT } from "../../scripts/tools.ts";
import { configure, runs, tasks, type RetrievedRun } from "../../sdk/index.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";
import { readBlocks, saidToPrint, writeModules, writeProject, writeWorker, type DocBlock } from "./doc-blocks.ts";

// The code of README.md and docs/*.md: all of it compiles, programs run and print what they say, commands answer what
// they say, and the tasks of docs/replay.md do what the text around them claims.

const DOCS = ["README.md", ...globSync("docs/*.md")];
const blocks = DOCS.flatMap(readBlocks);
mkdirSync(".runlet", { recursive: true });
const folder = mkdtempSync(join(ROOT, ".runlet/docs-"));
writeProject(folder);
const modules = writeModules(blocks, folder);
const programs = modules.filter(({ isProgram }) => isProgram);
const own = modules.find(({ code }) => code.includes("createWorker("));

let platform: Platform;

beforeAll(async () => {
  writeWorker(modules, join(folder, "worker.ts"));
  platform = await startPlatform({ worker: join(folder, "worker.ts"), vars: WEBHOOK_SECRETS });
  configure({ baseURL: platform.url, accessToken: platform.key });
});

afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each([...DOCS, ...globSync("docs/decisions/*.md")])("the links of %s lead somewhere", (doc) => {
  const text = readFileSync(doc, "utf8");
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.filter(([, path = "", anchor]) => {
    const target = path === "" ? doc : join(dirname(doc), path);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test("all TypeScript in the documents compiles", async () => {
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...TSCONFIG, include: ["**/*.ts"] }));
  expect(await run(binary("tsc"), ["-p", folder])).toEqual({ code: 0, output: "" });
});

test("there are programs to run", () => expect(programs.length).toBeGreaterThan(5));

test.each(programs.filter(({ code }) => !code.includes('configure({ baseURL: "https')))(
  "the program at $place runs and prints what it says",
  async ({ file, code }) => {
    const { code: status, output } = await run(process.execPath, ["--no-warnings", file], addresses());
    expect(status, output).toBe(0);
    for (const line of saidToPrint(code)) expect(output).toMatch(line);
  },
);

test.for(["README.md", "docs/http.md", "docs/webhooks.md"])(
  "the commands of %s answer what they say",
  async (doc, { skip }) => {
    const scripts = blocks.filter(
      (block) => block.doc === doc && block.language === "sh" && block.code.includes("curl"),
    );
    for (const [tool, flag] of [
      ["curl", "--version"],
      ["openssl", "version"],
    ] as const) {
      if ((await run(tool, [flag])).code !== 0) skip(`there is no ${tool} on this machine`);
    }
    expect(scripts.length).toBeGreaterThan(0);
    const { GITHUB_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET } = WEBHOOK_SECRETS;
    const secrets = { GITHUB_WEBHOOK_SECRET, STRIPE_WEBHOOK_SECRET };
    const served = await startPlatform({ vars: secrets });
    try {
      const env = { RUNLET_API_URL: served.url, RUNLET_SECRET_KEY: served.key, ...secrets };
      // As they are typed, one after the other in one terminal.
      const all = scripts.map(({ code }) => code).join("\necho\n");
      const { code: status, output } = await run("bash", ["-euo", "pipefail", "-c", all], env);
      expect(status, output).toBe(0);
      for (const [, said = ""] of all.matchAll(/^# (.*)$/gm)) expect(output).toMatch(wildcard(said));
    } finally {
      await served.stop();
    }
  },
);

test("the README's Worker with the README's wrangler.toml is a platform with routes of its own", async () => {
  const toml = theOnly(blocks.filter(({ language }) => language === "toml")).code;
  const bound = parse(toml);
  const ours = parse(readFileSync("wrangler.toml", "utf8"));
  for (const field of ["compatibility_flags", "durable_objects", "queues"]) expect(bound[field]).toEqual(ours[field]);
  const config = join(folder, "README/wrangler.toml");
  writeFileSync(config, toml.replace(/node_modules\/runlet/, ROOT));
  const embedded = await startPlatform({ worker: config });
  try {
    const response = await fetch(`${embedded.url}/loud`);
    const { id }: { id: string } = await response.json();
    const headers = { authorization: `Bearer ${embedded.key}` };
    const found = await fetch(`${embedded.url}/api/v3/runs/${id}?wait=10`, { headers });
    expect(await found.json()).toMatchObject({ status: "COMPLETED", output: "/LOUD" });
  } finally {
    await embedded.stop();
  }
  expect(own?.file.endsWith("worker.ts")).toBe(true);
});

describe("docs/replay.md", () => {
  test("a task that waits twice takes three passes", async () => {
    const url = fresh();
    expect((await finish("two-waits", { start: 3, url })).output).toBe(12);
    expect(await askedOf(url)).toEqual(["pass", "pass", "pass"]);
  });

  test("a payload that differs in each pass is noticed, and a step cures it", async () => {
    expect(await finish("draw-wrong", undefined)).toMatchObject({
      status: "FAILED",
      error: { name: "NonDeterministicError", message: expect.stringContaining("run:double#0") },
    });
    const { number, doubled } = (await finish("draw-right", undefined)).output as { number: number; doubled: number };
    expect(doubled).toBe(number * 2);
  });

  test("a branch that differs in each pass runs both children, and a step cures it", async () => {
    const wrong = fresh();
    await finish("branch-wrong", { url: wrong });
    expect(await askedOf(wrong)).toEqual(expect.arrayContaining(["fast", "slow"]));
    const right = fresh();
    expect(await finish("branch-right", { url: right })).toMatchObject({ output: "fast" });
    expect(await askedOf(right)).toEqual(["flag", "fast"]);
  });

  test("a side effect before a wait happens in each pass, in a step once", async () => {
    const [wrong, right] = [fresh(), fresh()];
    await finish("mail-wrong", { url: wrong });
    await finish("mail-right", { url: right });
    expect(await askedOf(wrong)).toEqual(["mail", "packed", "mail"]);
    expect(await askedOf(right)).toEqual(["mail", "packed"]);
    expect((await finish("charge", { url: fresh(), cents: 5 })).output).toBe(200);
  });

  test("plain work beside a wait is begun again, a step is finished first", async () => {
    const [wrong, right, before] = [fresh(), fresh(), fresh()];
    await finish("beside-wrong", { url: wrong });
    await finish("beside-right", { url: right });
    await finish("begin-then-wait", { url: before });
    expect(await askedOf(right)).toEqual(["audit", "packed"]);
    expect(await askedOf(before)).toEqual(["audit", "packed", "audit"]);
    // Whether the one that was given up has arrived is open; the one after the wait has.
    expect((await askedOf(wrong)).at(-1)).toBe("audit");
  });

  test("a timer beside a wait is gone when the pass ends, a wait for a time is not, and a child keeps its deadline", async () => {
    expect((await finish("deadline-wrong", { url: fresh() })).output).toBe("packed");
    expect((await finish("deadline-right", { url: fresh() })).output).toBe("too late");
    expect((await finish("deadline-inside", { url: fresh() })).output).toBe("too late");
  });

  test("state outside the function is counted again in each pass", async () => {
    expect((await finish("sum-wrong", { numbers: [1, 2, 3] })).output).toBeGreaterThan(12);
    expect((await finish("sum-right", { numbers: [1, 2, 3] })).output).toBe(12);
  });

  test("steps of one name are told apart by their order", async () => {
    expect((await finish("measure-wrong", { url: fresh() })).output).not.toEqual({ Ada: 3, Grace: 5 });
    expect((await finish("measure-right", { url: fresh() })).output).toEqual({ Ada: 3, Grace: 5 });
  });

  test("a wait inside a step is refused", async () => {
    expect(await finish("nested-wrong", undefined)).toMatchObject({
      status: "FAILED",
      error: { name: "OutsideTaskError" },
    });
  });

  test("a wait that nobody awaits is never made, a trigger is", async () => {
    const [wrong, right] = [fresh(), fresh()];
    await finish("forget-wrong", { url: wrong });
    await finish("forget-right", { url: right });
    await expect.poll(() => askedOf(right)).toEqual(["sent off"]);
    expect(await askedOf(wrong)).toEqual([]);
  });

  test("a race gives the first of its waits, and the losers go on", async () => {
    const url = fresh();
    expect((await finish("first", { url })).output).toBe("quick");
    await expect.poll(() => askedOf(url)).toEqual(["quick", "slow"]);
  });

  test("a loser that a race does not see is stood at, the then of a wait is seen", async () => {
    const [wrong, right] = [fresh(), fresh()];
    expect((await finish("unseen-right", { url: right })).output).toBe("packed");
    expect(await askedOf(right)).toEqual(["packed", "told"]);
    expect((await finish("unseen-wrong", { url: wrong })).output).toBe("packed");
    // Whether the one that was given up has arrived is open.
    expect((await askedOf(wrong)).at(-1)).toBe("told");
  });

  test("a replay from a place does again what comes from there on", async () => {
    const url = fresh();
    const first = await finish("bill", { url });
    const sent = await runs.replay(first, { from: "step:send#0" });
    expect((await runs.poll(sent)).output).toMatchObject({ isReplay: true });
    expect(await askedOf(url)).toEqual(["number", "pack", "send", "send"]);
    await runs.poll(await runs.replay(first, { from: "run:note#0" }));
    expect(await askedOf(url)).toEqual(["number", "pack", "send", "send", "pack", "send"]);
  });

  test("a retry remembers what succeeded", async () => {
    const url = fresh();
    expect((await finish("ship", { url })).output).toBe(2);
    expect(await askedOf(url)).toEqual(["reserve", "pack", "courier", "courier"]);
  });
});

/** Runs a task of the documents to its end. */
async function finish(task: string, payload: unknown): Promise<RetrievedRun> {
  return runs.poll(await tasks.trigger(task, payload), { signal: AbortSignal.timeout(30_000) });
}

/** An address outside that no other test uses. */
function fresh(): string {
  return `https://outside.test/${crypto.randomUUID()}`;
}

/** What was asked below an address, in order. */
async function askedOf(url: string): Promise<string[]> {
  const response = await fetch(`${platform.url}/asked`);
  const asked: readonly string[] = await response.json();
  const prefix = `${new URL(url).pathname.slice(1)}/`;
  return asked.flatMap((path) => (path.startsWith(prefix) ? [path.slice(prefix.length)] : []));
}

function addresses(): Record<string, string> {
  return { RUNLET_API_URL: platform.url, RUNLET_SECRET_KEY: platform.key, ...WEBHOOK_SECRETS };
}

function run(command: string, args: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
    const path = [join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
    const options = { env: { ...process.env, NO_COLOR: "1", ...env, PATH: path }, timeout: 40_000 };
    execFile(command, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1) || 1, output: stdout + stderr });
    });
  });
}

/** The names that headings of a document are linked by. */
function anchorsOf(doc: string): string[] {
  return [...readFileSync(doc, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

function wildcard(said: string): RegExp {
  return new RegExp(
    said
      .split("…")
      .map((part) => part.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&"))
      .join(".*"),
  );
}

function theOnly(found: readonly DocBlock[]): DocBlock {
  const [block] = found;
  if (block === undefined || found.length > 1) throw new Error(`Expected one block, not ${found.length}.`);
  return block;
}

const TSCONFIG = {
  extends: join(ROOT, "tsconfig.json"),
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, types: ["@cloudflare/workers-types", "node"] },
};
