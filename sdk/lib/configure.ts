import { RunletError } from "./errors.ts";
import { HttpDoor } from "./http-door.ts";

/** Where the platform is, and the key to it. */
export interface ClientConfiguration {
  /** Address of the deployment, with or without a path in front: "https://runlet.example.com". */
  readonly baseURL?: string | undefined;
  /** One of the deployment's secret keys. */
  readonly accessToken?: string | undefined;
}

let configured: ClientConfiguration = {};
let current: { readonly baseURL: string; readonly accessToken: string; readonly door: HttpDoor } | undefined;

/**
 * Says where the platform is, for all calls from now on. What is left out is read from the environment variables
 * `RUNLET_API_URL` and `RUNLET_SECRET_KEY` when it is first needed. Inside the Worker that hosts the tasks nothing
 * needs to be configured, and what is configured is not used: calls go to that Worker itself.
 *
 * Throws a `RunletError` for a baseURL that is not an http or https address.
 */
export function configure(configuration: ClientConfiguration): void {
  if (configuration.baseURL !== undefined) readBaseURL(configuration.baseURL);
  configured = { ...configuration };
  current = undefined;
}

/** The door over HTTP. Throws a `RunletError` that names what is missing where nothing is configured. */
export function httpDoor(): HttpDoor {
  if (current !== undefined) return current.door;
  const baseURL = configured.baseURL ?? readEnvironment("RUNLET_API_URL");
  const accessToken = configured.accessToken ?? readEnvironment("RUNLET_SECRET_KEY");
  if (!baseURL) throw missing("address", "baseURL", "RUNLET_API_URL");
  if (!accessToken) throw missing("secret key", "accessToken", "RUNLET_SECRET_KEY");
  const door = new HttpDoor({ baseURL: readBaseURL(baseURL), accessToken });
  current = { baseURL, accessToken, door };
  return door;
}

function readBaseURL(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return text.replace(/\/+$/, "");
  throw new RunletError(`The baseURL "${text}" is not an http or https address.`);
}

function missing(noun: string, option: string, variable: string): RunletError {
  return new RunletError(
    `Runlet's ${noun} is not known: call configure({ ${option} }), or set the environment variable ${variable}.`,
  );
}

interface Environment {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  readonly Deno?: { readonly env: { get(name: string): string | undefined } };
}

/** Empty counts as not set, and so does a variable that the runtime does not allow to be read. */
function readEnvironment(name: string): string | undefined {
  const { process, Deno } = globalThis as Environment;
  try {
    return process?.env?.[name] || Deno?.env.get(name) || undefined;
  } catch {
    return undefined;
  }
}
