import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Notes which process uses a state folder, so that no second one opens the same databases. */
export function lockState(state: string, pid: number): () => void {
  const file = lockFile(state);
  writeFileSync(file, String(pid));
  return () => rmSync(file, { force: true });
}

/** Throws if a runtime still uses the folder. A process id left by a kill -9 does not count. */
export function assertStateIsFree(state: string): void {
  const pid = readPid(lockFile(state));
  if (pid !== undefined && isWorkerd(pid)) {
    throw new Error(`The state folder ${state} is in use by process ${pid}. Stop that one, or name another --state.`);
  }
}

const lockFile = (state: string): string => join(state, "workerd.pid");

function readPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isWorkerd(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("workerd");
  } catch {
    // No /proc on this system: the process lives, which is as much as can be known.
    return process.platform !== "linux";
  }
}
