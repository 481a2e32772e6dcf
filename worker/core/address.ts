/**
 * Addresses of what a group holds. A path `n` names a row: a root segment, then one segment for each level below it,
 * joined by dots. A child's segment follows from its journal key, so that creating it twice finds the first one; the
 * rows below a path are one range of paths.
 */

const ROOT = "";

/** The path of a run with a group of its own: nothing else is at the root of that group. */
export const OWN_ROOT = "k";
/** The path of a batch that was triggered from outside a run. */
export const BATCH_ROOT = "b";
/** The path of a token that others complete. */
export const TOKEN_ROOT = "t";
/** The path of the webhook delivery of a group; its runs are below it. Replays are beside it, each named by its request. */
export const DELIVERY_ROOT = "d";
/** Roots that share their group with others start with this letter. */
export const SHARED_ROOT = "s";

export interface Place {
  readonly parent: string;
  readonly seg: string;
}

export function joinPath(parent: string, seg: string): string {
  return parent === ROOT ? seg : `${parent}.${seg}`;
}

export function splitPath(n: string): Place {
  const dot = n.lastIndexOf(".");
  return dot < 0 ? { parent: ROOT, seg: n } : { parent: n.slice(0, dot), seg: n.slice(dot + 1) };
}

export function rootOf(n: string): string {
  const dot = n.indexOf(".");
  return dot < 0 ? n : n.slice(0, dot);
}

export function depthOf(n: string): number {
  let depth = 0;
  for (const char of n) if (char === ".") depth += 1;
  return depth;
}

/**
 * The segment of the thing that a run made under `key` in its attempt `attempt`. Keys are `kind:name#occurrence`; the
 * name is fingerprinted to keep paths short and free of dots, the occurrence stays readable.
 */
export function keySegment(key: string, attempt: number): string {
  const hash = key.lastIndexOf("#");
  const base = `${fingerprint(key.slice(0, hash))}-${Number(key.slice(hash + 1)).toString(36)}`;
  return attempt <= 1 ? base : `${base}-${attempt.toString(36)}`;
}

/** The path of the run or batch after the one at `n`, in a group where those of one key follow each other. */
export function nextRoot(n: string): string {
  const [name = "", number = "0"] = n.split("-");
  return `${name}-${(Number(number) + 1).toString().padStart(9, "0")}`;
}

/** Whether others follow what is at this root in its group, and do not need it any more. */
export function isFollowed(root: string): boolean {
  return [OWN_ROOT, BATCH_ROOT, TOKEN_ROOT].includes(root.split("-", 1)[0] ?? "");
}

/** The segment of the row of a waiter, which sorts before all journal entries. */
export function waiterSegment(group: string, path: string): string {
  return `!wait-${fingerprint(`${group} ${path}`)}`;
}

/** The path of the run that a delivery makes for a task. */
export function subscriberPath(delivery: string, task: string): string {
  return joinPath(delivery, fingerprint(task));
}

/** The segment of a batch item: fixed width, so that items read in their order. */
export function itemSegment(index: number): string {
  return index.toString().padStart(6, "0");
}

export function itemPath(batch: string, index: number): string {
  return joinPath(batch, itemSegment(index));
}

export function itemIndex(seg: string): number {
  return Number(seg);
}

/** Runs nested deeper than this start in a group of their own, since a path grows with every level. */
export const MAX_LOCAL_DEPTH = 40;

/** 50 bits of FNV-1a in two lanes, base 36. Tells apart the names used in one task; not a defence. */
function fingerprint(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995) ^ (b >>> 13);
  }
  return ((a >>> 0) * 0x40000 + ((b >>> 0) & 0x3ffff)).toString(36);
}
