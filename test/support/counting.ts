/**
 * Counts what the platform is asked to do and asks money for. It patches the prototypes of one isolate, so the code
 * under count is the product's own; only what is done after the patch is counted.
 */

/** What was done since the last reset. The maps say where from: by statement and kind of row, by class and method. */
export interface Counts {
  /** Rows written in objects: by statements, and one for each alarm that was set or deleted. */
  rowsWritten: Record<string, number>;
  rowsRead: number;
  /** Calls of objects, alarms among them. */
  objectRequests: Record<string, number>;
  /** From the first to the last sign of life of each object, added up. */
  objectMs: number;
  queueMessages: number;
  /** Rows written in D1. */
  indexRows: number;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

interface Life {
  readonly from: number;
  to: number;
  /** Looked at when a call ends: a cursor knows what it has read once it was read, and tells its own object only. */
  cursors: Cursor[];
}

let counts = none();
let lives = new Map<unknown, Life>();
/** The object that a storage belongs to. */
const objectOf = new WeakMap<object, object>();
const nameOfObject = new WeakMap<object, string>();
const patched = new WeakMap<object, Set<string>>();

export function readCounts(): Counts {
  let objectMs = 0;
  for (const { from, to } of lives.values()) objectMs += to - from;
  return { ...structuredClone(counts), objectMs };
}

export function resetCounts(): void {
  counts = none();
  lives = new Map();
}

/** The numbers of a map of counts, added up; of the entries that start with `prefix`, where one is given. */
export function total(map: Readonly<Record<string, number>>, prefix = ""): number {
  return Object.entries(map).reduce((sum, [name, count]) => (name.startsWith(prefix) ? sum + count : sum), 0);
}

/** Counts the calls of a class of objects, with their alarms. */
export function countRequests(name: string, { prototype }: { readonly prototype: object }): void {
  for (const method of Object.getOwnPropertyNames(prototype)) {
    const { value } = Object.getOwnPropertyDescriptor(prototype, method) ?? {};
    if (method === "constructor" || typeof value !== "function") continue;
    patch(prototype, method, (original) => (object, parameters) => {
      const answer = original.apply(object, parameters);
      // What answers at once is no call from outside: the object makes it itself.
      if (!(answer instanceof Promise)) return answer;
      add(counts.objectRequests, `${name}.${method}`, 1);
      lifeOf(object);
      return answer.finally(() => {
        const life = lifeOf(object);
        for (const cursor of life.cursors) counts.rowsRead += cursor.rowsRead;
        life.cursors = [];
      });
    });
  }
}

/**
 * Counts what objects write: all of the isolate, but only what is done to the storage of `object` is known to be its, and
 * counted under `name`, if that is given.
 */
export function countStorage(storage: DurableObjectStorage, object: object, name?: string): void {
  const { sql } = storage;
  if (name !== undefined) for (const part of [storage, sql]) nameOfObject.set(part, `${name}: `);
  objectOf.set(storage, object);
  objectOf.set(sql, object);
  patch(Object.getPrototypeOf(sql) as object, "exec", (original) => (self, parameters) => {
    const cursor = original.apply(self, parameters) as Cursor;
    lifeOf(self).cursors.push(cursor);
    const owner = nameOfObject.get(self as object) ?? "";
    if (cursor.rowsWritten > 0) add(counts.rowsWritten, owner + nameOf(parameters), cursor.rowsWritten);
    return cursor;
  });
  for (const method of ["setAlarm", "deleteAlarm"]) {
    patch(Object.getPrototypeOf(storage) as object, method, (original) => (self, parameters) => {
      add(counts.rowsWritten, (nameOfObject.get(self as object) ?? "") + method, 1);
      lifeOf(self);
      return original.apply(self, parameters);
    });
  }
}

/** Counts the messages that are sent to queues like this one. */
export function countQueue(queue: Queue): void {
  patch(Object.getPrototypeOf(queue) as object, "sendBatch", (original) => (self, parameters) => {
    const [messages] = parameters;
    counts.queueMessages += Array.isArray(messages) ? messages.length : 0;
    return original.apply(self, parameters);
  });
}

/** Counts the rows that are written in databases like this one, in batches. */
export function countDatabase(database: D1Database): void {
  patch(Object.getPrototypeOf(database) as object, "batch", (original) => async (self, parameters) => {
    const results = (await original.apply(self, parameters)) as readonly D1Result[];
    for (const { meta } of results) counts.indexRows += meta.rows_written;
    return results;
  });
}

function none(): Counts {
  return { rowsWritten: {}, rowsRead: 0, objectRequests: {}, objectMs: 0, queueMessages: 0, indexRows: 0 };
}

function add(map: Record<string, number>, name: string, count: number): void {
  map[name] = (map[name] ?? 0) + count;
}

/** The life of an object, which is still alive now. */
function lifeOf(holder: unknown): Life {
  const object = objectOf.get(holder as object) ?? holder;
  const now = Date.now();
  const known = lives.get(object);
  if (known !== undefined) {
    known.to = now;
    return known;
  }
  const life = { from: now, to: now, cursors: [] };
  lives.set(object, life);
  return life;
}

/** Puts `wrap` around a method of a prototype, once. */
function patch(
  prototype: object,
  method: string,
  wrap: (original: Method) => (self: unknown, parameters: unknown[]) => unknown,
): void {
  const known = patched.get(prototype) ?? new Set();
  patched.set(prototype, known);
  if (known.has(method)) return;
  known.add(method);
  const wrapped = wrap((prototype as Record<string, Method>)[method] as Method);
  Object.defineProperty(prototype, method, {
    configurable: true,
    writable: true,
    value(this: unknown, ...parameters: unknown[]) {
      return wrapped(this, parameters);
    },
  });
}

/** A statement's verb and table, and what kind of row it is about where a parameter or the text says so. */
function nameOf([query, ...bindings]: unknown[]): string {
  const text = String(query).replaceAll(/\s+/g, " ");
  const verb = /^(CREATE TABLE|INSERT OR REPLACE INTO|INSERT INTO|UPDATE|DELETE FROM)/.exec(text)?.[0] ?? text;
  const kind = bindings.filter((value) => typeof value === "string").find((value) => KINDS.has(value));
  const named = kind ?? /'(group|log|metadata|receipt)'/.exec(text)?.[1];
  return verb + (named === undefined ? "" : ` ${named}`) + (text.includes("output = ") ? " with outcome" : "");
}

const KINDS = new Set(["run", "batch", "step", "sent", "log"]);
