import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { configure, runs, schedules, tasks, webhooks } from "../../sdk/index.ts";
import type { makePage, resizePhoto } from "../../examples/album.ts";
import type { hello } from "../../examples/tasks.ts";
import { hmacHex } from "../support/signed-webhook.ts";
import { WEBHOOK_SECRETS } from "../support/webhook-secrets.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const KEY = "tr_dev_inTheDevelopmentTest00000";

/** What a user edits. */
const TASKS = `
import { makePage, resizePhoto } from "../examples/album.ts";
import { remind } from "../examples/reminders.ts";
import { hello } from "../examples/tasks.ts";
import { packOrder } from "../examples/webhooks.ts";

export const tasks = [hello, makePage, resizePhoto, remind, packOrder];
`;

/** A project with these tasks, and the secret of a webhook where `npm run dev` looks for it. */
function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "runlet-project-"));
  for (const part of ["worker", "sdk", "scripts", "examples", "wrangler.toml", "package.json", "tsconfig.json"]) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "worker/tasks.ts"), TASKS);
  writeFileSync(join(folder, ".dev.vars"), `SHOP_WEBHOOK_SECRET=${WEBHOOK_SECRETS.SHOP_WEBHOOK_SECRET}\n`);
  return folder;
}

interface Dev {
  readonly url: string;
  stop(): Promise<void>;
}

/** `npm run dev` in a project and on a port of its own; ended with all that it started. */
async function startDev(): Promise<Dev> {
  const project = makeProject();
  const child = spawn(process.execPath, [join(project, "scripts/dev.ts"), "--port", "0"], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, RUNLET_SECRET_KEY: KEY },
  });
  const exited = new Promise<number | null>((resolve) => void child.once("exit", resolve));
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      printed += text;
      const found = /Runlet listens on (\S+)/.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    void exited.then((code) => reject(new Error(`npm run dev ended with ${code}. It printed:\n${printed}`)));
  });
  return {
    url,
    async stop() {
      child.kill("SIGINT");
      await exited;
      rmSync(project, { recursive: true, force: true });
    },
  };
}

let dev: Dev;

beforeAll(async () => {
  dev = await startDev();
  configure({ baseURL: dev.url, accessToken: KEY });
});

afterAll(() => dev.stop());

test("tasks of half a minute do not hold up others under wrangler dev", async () => {
  // 40 ms a megapixel: half a minute and more each, alone and awaited.
  const photo = { name: "panorama", megapixels: 1_000 };
  const long = await Promise.all([
    ...Array.from({ length: 4 }, () => tasks.trigger<typeof resizePhoto>("resize-photo", photo)),
    tasks.trigger<typeof makePage>("make-page", { photos: [photo, photo] }),
  ]);
  const statuses = () => Promise.all(long.map(async (handle) => (await runs.retrieve(handle)).status));
  const busy = ["EXECUTING", "EXECUTING", "EXECUTING", "EXECUTING", "WAITING"];
  await expect.poll(statuses, { timeout: 20_000 }).toEqual(busy);

  for (const name of ["Ada", "Bob", "Cy"]) {
    const handle = await tasks.trigger<typeof hello>("hello", { name });
    const run = await runs.poll(handle, { signal: AbortSignal.timeout(20_000) });
    expect(run.output).toBe(`Hello, ${name}!`);
  }
  // All of it while the long ones were at work.
  expect(await statuses()).toEqual(busy);

  await Promise.all(long.map((handle) => runs.cancel(handle)));
  expect(await statuses()).toEqual(long.map(() => "CANCELED"));
});

test("npm run dev says when its port is taken, and does not take the server there for its own", async () => {
  await using other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/dev.ts"), "--port", String(port)], {
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toContain(`Port ${port} cannot be listened on`);
});

test("a schedule that is made over HTTP ticks under wrangler dev", async () => {
  const answer = await fetch(`${dev.url}/api/v1/schedules`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ task: "remind", cron: "* * * * *", deduplicationKey: "remind Ada", externalId: "Ada" }),
  });
  const { id, nextRun } = await answer.json<{ id: string; nextRun: string }>();
  const completed = () => runs.list({ schedule: id, status: "COMPLETED" });
  await expect.poll(async () => (await completed()).data.length, { timeout: 80_000, interval: 500 }).toBeGreaterThan(0);
  await schedules.del(id);
  const run = await runs.retrieve((await completed()).data.at(-1)?.id ?? "");
  expect(run.output).toBe(`Ada, it is ${nextRun.slice(11, 16)}`);
  expect(run.createdAt.getTime()).toBeGreaterThanOrEqual(Date.parse(nextRun));
});

test("a signed delivery makes its run under wrangler dev, one with another signature none", async () => {
  const body = JSON.stringify({ type: "order.paid", order: "1001" });
  const deliver = async (secret: string, delivery: string) => {
    const signature = `sha256=${await hmacHex(secret, body)}`;
    const headers = { "x-shop-signature": signature, "x-shop-delivery": delivery, "content-type": "application/json" };
    return fetch(`${dev.url}/webhooks/shop`, { method: "POST", headers, body });
  };
  const answers = [
    await deliver(WEBHOOK_SECRETS.SHOP_WEBHOOK_SECRET, "delivery-1"),
    await deliver(WEBHOOK_SECRETS.SHOP_WEBHOOK_SECRET, "delivery-1"),
    await deliver("another secret", "delivery-2"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 401]);
  const made = async () => (await runs.list({ taskIdentifier: "pack-order" })).data.map(({ status }) => status);
  await expect.poll(made, { timeout: 20_000, interval: 200 }).toEqual(["COMPLETED"]);
  const { data } = await webhooks.deliveries.list({ endpoint: "shop" });
  expect(data.map(({ status }) => status)).toEqual(["succeeded"]);
});
