import { execFile } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { mergeServices } from "./merge-services.ts";
import { workerdBinary, workerdEnvironment } from "./workerd.ts";

const run = promisify(execFile);
const MOST_BYTES = 1024 ** 3;

const NETWORK = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(
  name = "internet",
  network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))
)]);
`;

/**
 * Makes of a wrangler.json another configuration, which lets the Worker reach private addresses too, and returns its path. A
 * wrangler.json cannot say so, but `workerd` writes down what it makes of one; the network is a service that is added there.
 */
export async function withPrivateNetwork(configFile: string): Promise<string> {
  const networkFile = `${configFile}.network.capnp`;
  writeFileSync(networkFile, NETWORK);
  try {
    const [config, network] = await Promise.all([compile(configFile), compile(networkFile)]);
    const file = `${configFile}.bin`;
    rmSync(file, { force: true });
    // The secret key is in it.
    writeFileSync(file, mergeServices(config, network), { mode: 0o600 });
    return file;
  } finally {
    rmSync(networkFile, { force: true });
  }
}

async function compile(file: string): Promise<Buffer> {
  const { stdout } = await run(workerdBinary, ["compile", "--config-only", file], {
    encoding: "buffer",
    env: workerdEnvironment(),
    maxBuffer: MOST_BYTES,
  });
  return stdout;
}
