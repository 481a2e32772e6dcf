/**
 * Public ids. `run_<group>_<n>`, `batch_<group>_<n>`, `waitpoint_<group>_<n>` and `whd_<group>_<n>` (a webhook delivery) name the place of what they identify: `<group>` is the id of the
 * group's object in 43 characters (base64url of its 32 bytes), `<n>` the path inside it. `bulk_<object>` is a bulk action and
 * `sched_<object>` a schedule, which have objects of their own.
 */

const GROUP_LENGTH = 43;
const PATH = /^[a-z0-9][a-z0-9.-]*$/;
const MAX_PATH_LENGTH = 4096;

export type IdKind = "run" | "batch" | "waitpoint" | "whd";

export interface Location {
  /** The object's id, 64 hex digits. */
  readonly group: string;
  readonly n: string;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** Two characters for each value of three hex digits. */
const PAIRS = Array.from({ length: 4096 }, (_, value) => ALPHABET.charAt(value >> 6) + ALPHABET.charAt(value & 63));
const VALUES = new Map(Array.from(ALPHABET, (char, value) => [char, value]));

/** The short form of a group's object id: base64url of its 32 bytes. */
export function encodeGroup(hex: string): string {
  let short = "";
  for (let i = 0; i < 63; i += 3) short += PAIRS[Number.parseInt(hex.slice(i, i + 3), 16)] ?? "";
  // One digit is left: its four bits lead the last character.
  return short + ALPHABET.charAt(Number.parseInt(hex.slice(63), 16) << 2);
}

function decodeGroup(short: string): string | undefined {
  let hex = "";
  for (let i = 0; i < GROUP_LENGTH - 1; i += 2) {
    const high = VALUES.get(short.charAt(i));
    const low = VALUES.get(short.charAt(i + 1));
    if (high === undefined || low === undefined) return undefined;
    hex += ((high << 6) | low).toString(16).padStart(3, "0");
  }
  const last = VALUES.get(short.charAt(GROUP_LENGTH - 1));
  // Spare bits that are set would be a second name for the same group.
  return last === undefined || (last & 3) !== 0 ? undefined : hex + (last >> 2).toString(16);
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
  return group === undefined ? undefined : { group, n };
}

const BULK_PREFIX = "bulk_";
const SCHEDULE_PREFIX = "sched_";

/** The public id of a bulk action, from the id of its object in 64 hex digits. */
export function formatBulkId(object: string): string {
  return BULK_PREFIX + encodeGroup(object);
}

/** The id of the object that a bulk action's id names, or undefined for anything that is no such id. */
export function parseBulkId(id: string): string | undefined {
  return parseObjectId(BULK_PREFIX, id);
}

/** As `formatBulkId`, of a schedule. */
export function formatScheduleId(object: string): string {
  return SCHEDULE_PREFIX + encodeGroup(object);
}

/** As `parseBulkId`, of a schedule. */
export function parseScheduleId(id: string): string | undefined {
  return parseObjectId(SCHEDULE_PREFIX, id);
}

function parseObjectId(prefix: string, id: string): string | undefined {
  if (!id.startsWith(prefix) || id.length !== prefix.length + GROUP_LENGTH) return undefined;
  return decodeGroup(id.slice(prefix.length));
}
