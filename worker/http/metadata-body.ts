import { readMetadataKey, type Metadata, type MetadataOperation } from "../../sdk/lib/metadata-operation.ts";
import { decodeMetadata, encodeJson, encodeMetadata } from "../../sdk/lib/metadata-text.ts";
import type { MetadataRequest } from "../engine/change-metadata.ts";
import { readFields, readObject } from "./fields.ts";
import { invalidField } from "./refusal.ts";

const FIELDS = ["metadata", "operations", "parentOperations", "rootOperations"];
const TYPES = "update, set, delete, append, remove or increment";

/** The body that changes the metadata of a run: another object, operations on it, and on those of its parent and root. */
export function readMetadataBody(body: unknown): Omit<MetadataRequest, "requestKey"> {
  const { metadata, operations, parentOperations, rootOperations } = readFields("the body", body ?? {}, FIELDS);
  const own = readOperations("operations", operations);
  const above = (of: "parent" | "root", list: unknown) =>
    readOperations(`${of}Operations`, list).map((operation) => ({ of, operation }));
  const isReplaced = metadata !== undefined && metadata !== null;
  return {
    operations: isReplaced ? [{ type: "update", value: readMetadata(metadata) }, ...own] : own,
    above: [...above("parent", parentOperations), ...above("root", rootOperations)],
  };
}

function readOperations(field: string, list: unknown): MetadataOperation[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw invalidField(field, "a list of operations");
  return list.map((item: unknown, i) => readOperation(`${field}[${i}]`, item));
}

function readOperation(where: string, item: unknown): MetadataOperation {
  const { type, key, value } = readObject(where, item);
  switch (type) {
    case "update":
      return { type, value: readMetadata(value) };
    case "delete":
      return { type, key: readMetadataKey(key) };
    case "increment":
      if (typeof value !== "number") throw invalidField(`${where}.value`, "a number");
      return { type, key: readMetadataKey(key), value };
    case "set":
    case "append":
    case "remove":
      encodeJson(`${where}.value`, value);
      return { type, key: readMetadataKey(key), value };
    default:
      throw invalidField(`${where}.type`, TYPES);
  }
}

/** Refuses what is too large or too deep. */
function readMetadata(value: unknown): Metadata {
  return decodeMetadata(encodeMetadata(value));
}
