import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";

const { version: workerd } = createRequire(import.meta.url)("workerd/package.json") as { version: string };
/** Of the kernel's clock ticks, which Linux fixes for programs at 100 a second. */
const TICK_MS = 10;

/** One line on the machine and its software, and one on what else it was doing. */
export function describeMachine(): string[] {
  const [cpu] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const load = (loadavg()[0] ?? 0).toFixed(2);
  return [
    `${cpu?.model.trim() ?? "unknown processor"}, ${cpus().length} cores, ${gigabytes} GB, ${process.platform} ${release()}, ` +
      `Node ${process.versions.node}, workerd ${workerd}; client and server on it together`,
    `load average at the start: ${load}${Number(load) > 0.5 ? " (other work was going on: the figures suffer)" : ""}`,
  ];
}

/** The processor time that a process has used, in milliseconds; undefined where the system does not tell. */
export function cpuTime(pid: number): number | undefined {
  try {
    const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const [user, system] = fields.split(" ").slice(11, 13);
    return (Number(user) + Number(system)) * TICK_MS;
  } catch {
    return undefined;
  }
}
