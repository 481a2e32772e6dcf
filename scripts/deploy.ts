// `npm run deploy`: makes what the Worker is bound to where it is missing, migrates the database, deploys.
// `--dry-run` only bundles and checks, without network or login.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readWranglerConfig } from "./self-host-config.ts";
import { ROOT, wranglerCommand } from "./tools.ts";

const SECRET = "RUNLET_SECRET_KEY";

const dryRun = readDryRun();
const config = readWranglerConfig(join(ROOT, "wrangler.toml"));
const databases = (config.d1_databases ?? []).map((database) => database.database_name);
const queues = new Set((config.queues?.consumers ?? []).map((consumer) => consumer.queue));

if (dryRun) {
  const outdir = mkdtempSync(join(tmpdir(), "runlet-deploy-"));
  try {
    run("deploy", "--dry-run", "--outdir", outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
} else {
  for (const database of databases) {
    ensure(["d1", "info", database], /Couldn't find/, ["d1", "create", database, "--update-config=false"]);
  }
  for (const queue of queues) {
    ensure(["queues", "info", queue], /does not exist/, ["queues", "create", queue]);
  }
  // Before the code that needs them. Migrations only add, so the code that still runs does not mind.
  for (const database of databases) run("d1", "migrations", "apply", database, "--remote");
  const output = runAndRead("deploy");
  await wakeUp(/https:\/\/[\w.-]+\.workers\.dev/.exec(output)?.[0]);
  remindOfSecret();
}

function readDryRun(): boolean {
  try {
    return parseArgs({ options: { "dry-run": { type: "boolean", default: false } } }).values["dry-run"];
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\nUsage: npm run deploy -- [--dry-run]`);
    return process.exit(2);
  }
}

function run(...args: string[]): void {
  const { status } = spawnSync(...wranglerCommand(...args), { cwd: ROOT, stdio: "inherit" });
  if (status !== 0) {
    console.error(`wrangler ${args.join(" ")} failed.`);
    process.exit(1);
  }
}

/** As `run`, and gives what was printed. */
function runAndRead(...args: string[]): string {
  const { status, stdout } = spawnSync(...wranglerCommand(...args), {
    cwd: ROOT,
    stdio: ["inherit", "pipe", "inherit"],
    encoding: "utf8",
  });
  process.stdout.write(stdout);
  if (status === 0) return stdout;
  console.error(`wrangler ${args.join(" ")} failed.`);
  return process.exit(1);
}

/** The first request makes the schedules of the code live. Without it the Cron Trigger does, within five minutes. */
async function wakeUp(url: string | undefined): Promise<void> {
  if (url === undefined) return;
  await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
}

function ask(args: string[]): { readonly ok: boolean; readonly output: string } {
  const { status, stdout, stderr } = spawnSync(...wranglerCommand(...args), { cwd: ROOT, encoding: "utf8" });
  return { ok: status === 0, output: stdout + stderr };
}

function ensure(look: string[], missing: RegExp, create: string[]): void {
  const { ok, output } = ask(look);
  if (ok) return;
  if (!missing.test(output)) fail(look, output);
  const created = ask(create);
  if (!created.ok) fail(create, created.output);
  console.log(`Made it once for this account: wrangler ${create.join(" ")}`);
}

function fail(args: string[], output: string): never {
  console.error(`wrangler ${args.join(" ")} failed:\n${output}`);
  return process.exit(1);
}

function remindOfSecret(): void {
  const { ok, output } = ask(["secret", "list"]);
  if (ok && output.includes(`"${SECRET}"`)) return;
  console.log(`
Clients need a secret key, and this deployment has none yet. Set one, once, with

  npx wrangler secret put ${SECRET}

(several, separated by commas, to rotate them).`);
}
