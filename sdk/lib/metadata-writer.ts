import { invalidMetadata, readMetadataKey, type Metadata, type MetadataOperation } from "./metadata-operation.ts";
import { decodeMetadata, encodeJson, encodeMetadata } from "./metadata-text.ts";
import type { MetadataOwner } from "./notes.ts";
import { currentPass } from "./trigger.ts";

/**
 * Changes the metadata of one run. A key is the name of a field, or a path that starts with "$.": "$.orders[0].state".
 * Values are JSON: what JSON writes otherwise (a Date) is kept as that. Each method gives the writer back, to go on with.
 * All throw a `RunletApiError`: 400 (`invalid_metadata`) for what is no key or no JSON, 413 (`metadata_too_large`) when the
 * object would have more than 256 KiB of text; outside a task an `OutsideTaskError`.
 */
export class MetadataWriter {
  readonly #of: MetadataOwner;

  constructor(of: MetadataOwner) {
    this.#of = of;
  }

  /** Sets a field, in place of what it was. */
  set(key: string, value: unknown): this {
    return this.#change({ type: "set", key: readMetadataKey(key), value: toJson(key, value) });
  }

  /** Takes a field away, or an item out of a list where the path leads to one. */
  del(key: string): this {
    return this.#change({ type: "delete", key: readMetadataKey(key) });
  }

  /** Adds an item to a list. What is no list becomes the first item of one. */
  append(key: string, value: unknown): this {
    return this.#change({ type: "append", key: readMetadataKey(key), value: toJson(key, value) });
  }

  /** Takes all items equal to this one out of a list. */
  remove(key: string, value: unknown): this {
    return this.#change({ type: "remove", key: readMetadataKey(key), value: toJson(key, value) });
  }

  /** Adds to a number; what is none counts as 0. Default 1. */
  increment(key: string, by = 1): this {
    if (!Number.isFinite(by)) throw invalidMetadata(`"${key}" can be changed by a finite number only.`);
    return this.#change({ type: "increment", key: readMetadataKey(key), value: by });
  }

  /** Takes from a number; what is none counts as 0. Default 1. */
  decrement(key: string, by = 1): this {
    return this.increment(key, -by);
  }

  /** Sets the whole object, in place of what it was. */
  replace(metadata: Metadata): this {
    return this.#change({ type: "update", value: decodeMetadata(encodeMetadata(metadata)) });
  }

  #change(operation: MetadataOperation): this {
    const pass = currentPass("metadata", "Give metadata with the trigger, or change it over HTTP.");
    pass.notes.change(this.#of, operation);
    return this;
  }
}

function toJson(key: string, value: unknown): unknown {
  return JSON.parse(encodeJson(`The value for "${key}"`, value)) as unknown;
}
