import { RunletApiError } from "./errors.ts";
import { LIMITS } from "./wire.ts";

/** What a run has as metadata: a JSON object. */
export type Metadata = Readonly<Record<string, unknown>>;

/**
 * One change of a metadata object, in the form of the wire. A key that starts with "$." is a path ("$.a.b", "$.list[0]",
 * "$.dots\.in\.names"), any other the name of a field. Values are JSON.
 */
export type MetadataOperation =
  | { readonly type: "update"; readonly value: Metadata }
  /** `append` makes a list of what is no list; `remove` takes equal items out of a list. */
  | { readonly type: "set" | "append" | "remove"; readonly key: string; readonly value: unknown }
  | { readonly type: "delete"; readonly key: string }
  /** What is no number counts as 0. */
  | { readonly type: "increment"; readonly key: string; readonly value: number };

const SEGMENT = /\[(\d+)\]|((?:[^.\\[\]]|\\.)+)/g;

/** The way that a key leads: the names of fields and places in lists, from the top. Empty for a path without any. */
export function segmentsOf(key: string): readonly string[] {
  if (!key.startsWith("$.")) return [key];
  return Array.from(key.slice(2).matchAll(SEGMENT), ([, index, name = ""]) => index ?? name.replaceAll(/\\(.)/g, "$1"));
}

/** The key of an operation. Throws a `RunletApiError` (400, `invalid_metadata`) for one that leads nowhere. */
export function readMetadataKey(key: unknown): string {
  if (typeof key !== "string" || key === "" || key.length > LIMITS.metadataKeyLength) {
    throw invalidMetadata(`A metadata key must be a string of 1-${LIMITS.metadataKeyLength} characters.`);
  }
  const segments = segmentsOf(key);
  if (segments.length > 0 && !segments.includes("__proto__")) return key;
  throw invalidMetadata(`The metadata key "${key}" names no field.`);
}

/** The object after the operations, in their order. What is given stays as it is; an operation that finds no place changes nothing. */
export function applyOperations(metadata: Metadata, operations: readonly MetadataOperation[]): Metadata {
  return operations.reduce(applyOperation, metadata);
}

function applyOperation(metadata: Metadata, operation: MetadataOperation): Metadata {
  if (operation.type === "update") return operation.value;
  const changed = changeAt(metadata, segmentsOf(operation.key), (value) => changeOf(operation, value));
  return isObject(changed) ? changed : metadata;
}

/** The value at the key of an operation after it; undefined is none. */
function changeOf(operation: Exclude<MetadataOperation, { type: "update" }>, value: unknown): unknown {
  switch (operation.type) {
    case "set":
      return operation.value;
    case "delete":
      return undefined;
    case "append":
      if (value === undefined) return [operation.value];
      return Array.isArray(value) ? [...(value as unknown[]), operation.value] : [value, operation.value];
    case "remove":
      return Array.isArray(value) ? value.filter((item) => !isSame(item, operation.value)) : value;
    case "increment":
      return (typeof value === "number" ? value : 0) + operation.value;
  }
}

/** A copy of `at` with what `change` makes of the value at the end of the way, or `at` itself if that changes nothing. */
function changeAt(at: unknown, [name, ...rest]: readonly string[], change: (value: unknown) => unknown): unknown {
  if (name === undefined) return change(at);
  if (Array.isArray(at)) return changeItem(at, name, (item) => changeAt(item, rest, change));
  if (at !== undefined && !isObject(at)) return at;
  const object = at ?? {};
  const before = Object.hasOwn(object, name) ? object[name] : undefined;
  const after = changeAt(before, rest, change);
  if (after === before) return at;
  if (after !== undefined) return { ...object, [name]: after };
  const { [name]: _, ...others } = object;
  return others;
}

function changeItem(list: readonly unknown[], name: string, change: (item: unknown) => unknown): readonly unknown[] {
  const index = /^\d+$/.test(name) ? Number(name) : Number.POSITIVE_INFINITY;
  if (index > list.length) return list;
  const before = list[index];
  const after = change(before);
  if (after === before) return list;
  return list.toSpliced(index, 1, ...(after === undefined ? [] : [after]));
}

/** Whether two JSON values are equal, whatever the order of their fields. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Metadata {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A refusal of metadata, or of a change of it, that is none. */
export function invalidMetadata(message: string): RunletApiError {
  return new RunletApiError(400, "invalid_metadata", message);
}
