// `npm run check:package`: what npm would publish, used as its users use it, from a tarball outside of this folder.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPlatform } from "./platform.ts";
import { binary, ROOT, wranglerCommand } from "./tools.ts";

const PROJECTS = join(ROOT, "scripts/package-check");
const temp = mkdtempSync(join(tmpdir(), "runlet-package-"));

try {
  const tarball = pack();
  step("publint", () => sh(binary("publint"), ["run", tarball, "--strict"], ROOT));
  step("are the types wrong", () => sh(binary("attw"), [tarball, "--profile", "esm-only"], ROOT));

  const node = project("node-client", tarball);
  step("types resolve in a Node project", () => sh(binary("tsc"), ["-p", "."], node));
  for (const runtime of nodes()) {
    step(`imports in Node ${version(runtime)}`, () => sh(runtime, ["import.mjs"], node));
  }

  const client = project("worker-client", tarball);
  step("types resolve in a Worker that is only a client", () => sh(binary("tsc"), ["-p", "."], client));
  step("bundles into a Worker without any compatibility flag", () => {
    sh(...wranglerCommand("deploy", "--dry-run", "--outdir", "out"), client);
    const bundle = readFileSync(join(client, "out/index.js"), "utf8");
    const needed = /\bfrom\s*"(?:node|cloudflare):[^"]*"/.exec(bundle)?.[0];
    if (needed !== undefined) throw new Error(`The client needs a module of one runtime: import ${needed}`);
  });

  const host = project("worker-host", tarball);
  step("types resolve in a Worker that hosts tasks", () => sh(binary("tsc"), ["-p", "."], host));
  step("bundles into a Worker that hosts tasks", () =>
    sh(...wranglerCommand("deploy", "--dry-run", "--outdir", "out"), host),
  );
  const platform = await startPlatform({ worker: join(host, "wrangler.toml") });
  try {
    for (const runtime of nodes()) {
      step(`the hosted task runs for a client in Node ${version(runtime)}`, () =>
        sh(runtime, ["trigger.mjs"], node, { RUNLET_API_URL: platform.url, RUNLET_SECRET_KEY: platform.key }),
      );
    }
  } finally {
    await platform.stop();
  }
  console.log("The package is fit to be published.");
} finally {
  rmSync(temp, { recursive: true, force: true });
}

function pack(): string {
  sh("npm", ["pack", "--pack-destination", temp], ROOT);
  const { name, version: packed } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  return join(temp, `${name}-${packed}.tgz`);
}

/** A copy of one of the projects beside this script, with the tarball installed. */
function project(name: string, tarball: string): string {
  const folder = join(temp, name);
  mkdirSync(folder);
  cpSync(join(PROJECTS, name), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  sh("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", tarball], folder);
  // The types and tools that such a project has of its own.
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig(name === "node-client")));
  return folder;
}

function tsconfig(isNode: boolean): object {
  const types = join(ROOT, "node_modules", isNode ? "@types/node" : "@cloudflare/workers-types");
  return {
    compilerOptions: {
      target: "es2024",
      lib: ["es2024"],
      module: isNode ? "nodenext" : "esnext",
      moduleResolution: isNode ? "nodenext" : "bundler",
      types: [types],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
    include: ["*.ts"],
  };
}

/** This Node and, under npm, the one that runs npm: the machine's own. */
function nodes(): readonly string[] {
  return [...new Set([process.execPath, process.env["npm_node_execpath"] ?? process.execPath])];
}

function version(runtime: string): string {
  return execFileSync(runtime, ["--version"], { encoding: "utf8" }).trim();
}

function step(name: string, check: () => void): void {
  check();
  console.log(`ok  ${name}`);
}

/** Runs a command, and shows what it printed only if it fails. */
function sh(command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): void {
  try {
    execFileSync(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: Buffer | string; stderr?: Buffer | string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}
