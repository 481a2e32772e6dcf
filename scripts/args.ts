import { parseArgs } from "node:util";

export interface ServeArgs {
  readonly port: number;
  readonly state: string;
}

/** Reads `--port N --state DIR`. Prints what is wrong, or the usage, and ends the process if it cannot go on. */
export function readServeArgs(script: string, defaults: ServeArgs): ServeArgs {
  const usage = `Usage: npm ${script} -- [--port N] [--state DIR]

  --port N     where to listen on 127.0.0.1 (default ${defaults.port}; 0 picks a free port)
  --state DIR  where runs are kept (default ${defaults.state})

The secret key is read from RUNLET_SECRET_KEY; a development key is made up when it is not set.`;
  const end: (code: number) => never = process.exit;
  const fail = (message: string): never => {
    console.error(`${message}\n\n${usage}`);
    return end(2);
  };
  const values = parse(fail);
  if (values.help === true) {
    console.log(usage);
    end(0);
  }
  const port = Number(values.port ?? defaults.port);
  if (!/^\d+$/.test(values.port ?? "0") || port > 65_535) {
    fail(`--port must be a number from 0 to 65535, not "${values.port}".`);
  }
  if (values.state === "") fail("--state must name a folder.");
  return { port, state: values.state ?? defaults.state };
}

function parse(fail: (message: string) => never): { port?: string; state?: string; help?: boolean } {
  try {
    return parseArgs({
      options: { port: { type: "string" }, state: { type: "string" }, help: { type: "boolean", short: "h" } },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
