/**
 * Public ids. `run_<group>_<n>` and `batch_<group>_<n>` name the place of what they identify: `<group>` is the id of the
 * group's object in 43 characters (base64url of its 32 bytes), `<n>` the path inside it.
 */

const GROUP_LENGTH = 43;
const PATH = /^[a-z0-9][a-z0-9.-]*$/;
const MAX_PATH_LENGTH = 1024;

export type IdKind = "run" | "batch";

export interface Location {
  /** The object's id, 64 hex digits. */
  readonly group: string;
  readonly n: string;
}

/** The short form of a group's object id. */
export function encodeGroup(hex: string): string {
  let bytes = "";
  for (let i = 0; i < hex.length; i += 2) bytes += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decodeGroup(short: string): string | undefined {
  let bytes: string;
  try {
    bytes = atob(short.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  if (bytes.length !== 32) return undefined;
  let hex = "";
  for (let i = 0; i < bytes.length; i += 1) hex += bytes.charCodeAt(i).toString(16).padStart(2, "0");
  return hex;
}

export function formatId(kind: IdKind, groupShort: string, n: string): string {
  return `${kind}_${groupShort}_${n}`;
}

/** Where an id points, or undefined for anything that is not such an id. Says nothing of whether it exists. */
export function parseId(kind: IdKind, id: string): Location | undefined {
  const prefix = `${kind}_`;
  if (!id.startsWith(prefix)) return undefined;
  const short = id.slice(prefix.length, prefix.length + GROUP_LENGTH);
  const n = id.slice(prefix.length + GROUP_LENGTH + 1);
  if (id[prefix.length + GROUP_LENGTH] !== "_" || n.length > MAX_PATH_LENGTH || !PATH.test(n)) return undefined;
  const group = decodeGroup(short);
  // A last character with spare bits set would decode to the same group: one run, one id.
  if (group === undefined || encodeGroup(group) !== short) return undefined;
  return { group, n };
}
