// `npm run build`: JavaScript and types for npm, in dist/.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { binary, ROOT } from "./tools.ts";

rmSync(`${ROOT}/dist`, { recursive: true, force: true });
const { status } = spawnSync(binary("tsc"), ["-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
process.exitCode = status ?? 1;
