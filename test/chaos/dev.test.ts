import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { configure, runs, tasks } from "../../sdk/index.ts";
import type { makePage, resizePhoto } from "../../examples/album.ts";
import type { hello } from "../../examples/tasks.ts";

const SCRIPT = new URL("../../scripts/dev.ts", import.meta.url).pathname;
const KEY = "tr_dev_inTheDevelopmentTest00000";

/** `npm run dev` on a folder and port of its own; ended with all that it started. */
async function startDev() {
  const state = mkdtempSync(join(tmpdir(), "runlet-dev-"));
  const child = spawn(process.execPath, [SCRIPT, "--port", "0", "--state", state], {
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
    async [Symbol.asyncDispose]() {
      child.kill("SIGINT");
      await exited;
      rmSync(state, { recursive: true, force: true });
    },
  };
}

test("tasks of half a minute do not hold up others under wrangler dev", async () => {
  await using dev = await startDev();
  configure({ baseURL: dev.url, accessToken: KEY });
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
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, "--port", String(port)], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain(`Port ${port} cannot be listened on`);
});
