import { parseArgs } from "node:util";

export interface ServeArgs {
  readonly port: number;
  readonly state: string;
  readonly privateNetwork: boolean;
}

/**
 * Reads `--port N --state DIR`, and `--allow-private-network` where this `isOffered`. Prints what is wrong, or the usage, and
 * ends the process if it cannot go on.
 */
export function readServeArgs(
  script: string,
  defaults: Pick<ServeArgs, "port" | "state">,
  isOffered = false,
): ServeArgs {
  const usage = `Usage: npm ${script} -- [--port N] [--state DIR]${isOffered ? " [--allow-private-network]" : ""}

  --port N     where to listen on 127.0.0.1 (default ${defaults.port}; 0 picks a free port)
  --state DIR  where runs are kept (default ${defaults.state})
${isOffered ? NETWORK_USAGE : ""}
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
  const { "allow-private-network": privateNetwork } = values;
  if (privateNetwork === true && !isOffered) fail(`npm ${script} has no --allow-private-network: it allows it.`);
  return { port, state: values.state ?? defaults.state, privateNetwork: privateNetwork === true };
}

const NETWORK_USAGE = `  --allow-private-network
               let tasks reach addresses of this machine and of private networks
`;

interface Values {
  port?: string;
  state?: string;
  "allow-private-network"?: boolean;
  help?: boolean;
}

function parse(fail: (message: string) => never): Values {
  try {
    return parseArgs({
      options: {
        port: { type: "string" },
        state: { type: "string" },
        "allow-private-network": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}
