// `npm start`: Runlet by itself on `workerd serve`, with its state in a folder that survives kill -9.
import { readServeArgs } from "./args.ts";
import { readDevVars } from "./dev-vars.ts";
import { startPlatform } from "./platform.ts";
import { chooseSecretKey } from "./secret-key.ts";
import { announce, onEndSignals } from "./serve-cli.ts";

const { port, state, privateNetwork } = readServeArgs("start", { port: 8787, state: ".runlet/state" }, true);
const { key, madeUp } = chooseSecretKey(state);

try {
  const platform = await startPlatform({
    port,
    state,
    key,
    privateNetwork,
    vars: readDevVars(".dev.vars"),
    stdio: "inherit",
  });
  let ending = false;
  onEndSignals(async () => {
    ending = true;
    await platform.stop();
  });
  announce({ url: platform.url, key: platform.key, madeUp, state });
  const reason = await platform.exited;
  if (!ending) {
    console.error(`The server died: ${reason}.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
