import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(import.meta.url);
export const workerdBinary = require("workerd").default as string;

/** The environment in which it finds what bundles a Worker. */
export function workerdEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, WORKERD_ESBUILD: require.resolve("esbuild/bin/esbuild") };
}

const KEPT_OUTPUT = 16_384;
const GRACE_MS = 3_000;

export interface Workerd {
  readonly pid: number;
  readonly port: number;
  /** Resolves, and never rejects, once the process is gone. */
  readonly exited: Promise<string>;
  /** The end of what the process has printed. */
  output(): string;
  /** Asks it to end, and insists after a few seconds. Safe to call twice. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

export interface WorkerdOptions {
  /** A wrangler.json, or with the ending `.bin` an encoded configuration. */
  readonly config: string;
  readonly port: number;
  /** Whether what the process prints is passed on to this one's stdout and stderr. */
  readonly stdio: "inherit" | "ignore";
}

/** Starts `workerd serve` and waits until its socket listens. */
export async function startWorkerd({ config, port, stdio }: WorkerdOptions): Promise<Workerd> {
  const format = config.endsWith(".bin") ? ["--binary"] : [];
  const child = spawn(
    workerdBinary,
    ["serve", ...format, config, "--experimental", "-s", `http=127.0.0.1:${port}`, "--control-fd=3"],
    { stdio: ["ignore", "pipe", "pipe", "pipe"], env: workerdEnvironment() },
  );
  const output = keepOutput(child, stdio);
  const exited = new Promise<string>((done) => {
    child.once("error", (error) => done(error.message));
    child.once("exit", (code, signal) => done(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
  const killOnExit = (): void => void child.kill("SIGKILL");
  process.once("exit", killOnExit);
  void exited.then(() => process.removeListener("exit", killOnExit));

  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exited;
  };
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const insist = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await exited;
    clearTimeout(insist);
  };
  const listening = await Promise.race([listeningPort(child), exited]);
  if (typeof listening === "string" || child.pid === undefined) {
    throw new Error(`workerd ended before it listened (${listening}). It printed:\n${output()}`);
  }
  return { pid: child.pid, port: listening, exited, output, stop, kill };
}

/** Reads the control messages, one JSON object a line, for the port of the socket. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((done) => {
    const control = child.stdio[3];
    let text = "";
    if (control instanceof Readable) {
      control.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        const port = /"event":"listen","socket":"http","port":(\d+)/.exec(text)?.[1];
        if (port !== undefined) done(Number(port));
      });
    }
  });
}

function keepOutput(child: ChildProcess, stdio: "inherit" | "ignore"): () => string {
  let kept = "";
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    from?.setEncoding("utf8").on("data", (chunk: string) => {
      kept = (kept + chunk).slice(-KEPT_OUTPUT);
      if (stdio === "inherit") to.write(chunk);
    });
  }
  return () => kept;
}
