import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build, type BuildOptions } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { SMOKE_RESULT } from "../support/client-smoke.ts";
import { startSmallPlatform } from "../support/small-platform.ts";
import type { TestServer } from "../support/http-server.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
const binary = (name: string) => join(root, "node_modules/.bin", name);
const KEY = "tr_dev_smoke";

let folder: string;
let platform: TestServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "runlet-client-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Nothing of Node is there to be bundled: an import of it fails the build. */
const PLAIN: BuildOptions = {
  bundle: true,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  metafile: true,
  logLevel: "silent",
};

async function bundle(name: string, contents: string): Promise<string> {
  const outfile = join(folder, name);
  const stdin = { contents, resolveDir: join(root, "test/support"), loader: "ts" as const };
  await build({ ...PLAIN, stdin, outfile });
  return outfile;
}

/** The Nodes of this machine: the one that runs the tests, and those on the path. */
function nodes(): string[] {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "node"));
  const others = onPath.filter((path) => !path.includes("node_modules") && existsSync(path));
  return [...new Set([process.execPath, ...others].map((path) => realpathSync(path)))];
}

describe("the client", () => {
  beforeEach(async () => {
    platform = await startSmallPlatform(KEY);
  });
  afterEach(() => platform.close());

  const script = () => `
    import { smoke } from "./client-smoke.ts";
    console.log(JSON.stringify(await smoke(${JSON.stringify(platform.url)}, ${JSON.stringify(KEY)})));
  `;

  async function runIn(command: string, ...parameters: string[]): Promise<unknown> {
    const { stdout } = await run(command, [...parameters, await bundle("client.mjs", script())], { cwd: folder });
    return JSON.parse(stdout);
  }

  test.each(nodes())("works in %s", async (node) => {
    expect(await runIn(node)).toEqual(SMOKE_RESULT);
  });

  test("works in Deno, with the network as its only permission", async () => {
    expect(await runIn(binary("deno"), "run", "--no-prompt", "--allow-net=127.0.0.1")).toEqual(SMOKE_RESULT);
  });

  test("works in Bun", async () => {
    expect(await runIn(binary("bun"), "run")).toEqual(SMOKE_RESULT);
  });

  test("works in a Worker without compatibility flags", async () => {
    await bundle(
      "worker.mjs",
      `
        import { smoke, SMOKE_RESULT } from "./client-smoke.ts";
        export default {
          async test() {
            const result = JSON.stringify(await smoke(${JSON.stringify(platform.url)}, ${JSON.stringify(KEY)}));
            if (result !== JSON.stringify(SMOKE_RESULT)) throw new Error(result);
          },
        };
      `,
    );
    await writeFile(
      join(folder, "worker.capnp"),
      `
        using Workerd = import "/workerd/workerd.capnp";
        const worker :Workerd.Worker = (
          modules = [(name = "worker", esModule = embed "worker.mjs")],
          compatibilityDate = "2025-01-01",
          globalOutbound = "outside",
        );
        const config :Workerd.Config = (services = [
          (name = "main", worker = .worker),
          (name = "outside", network = (allow = ["private", "public"])),
        ]);
      `,
    );
    const outcome = await run(binary("workerd"), ["test", "worker.capnp"], { cwd: folder }).then(
      () => "passed",
      (error: { stderr: string }) => error.stderr,
    );
    expect(outcome).toBe("passed");
  });

  test("needs nothing of Node", async () => {
    const { metafile } = await build({
      ...PLAIN,
      entryPoints: [join(root, "sdk/index.ts")],
      write: false,
      outdir: folder,
    });
    const imports = Object.values(metafile?.inputs ?? {}).flatMap((input) => input.imports);
    expect(imports.filter(({ external }) => external)).toEqual([]);
  });
});
