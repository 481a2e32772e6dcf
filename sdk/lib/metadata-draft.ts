import { byteLength } from "./byte-length.ts";
import { applyOperations, type Metadata, type MetadataOperation } from "./metadata-operation.ts";
import { LIMITS } from "./wire.ts";

/**
 * A metadata object under change, which stays within the limit. Its text is measured only when it could have grown over it,
 * so that many small changes of a large object are cheap.
 */
export class MetadataDraft {
  private current: Metadata;
  /** Bytes that the text has at most. */
  private most: number;

  /** `characters` is the length of the object's text, 2 for an empty one. */
  constructor(value: Metadata = {}, characters = 2) {
    this.current = value;
    this.most = 3 * characters;
  }

  get value(): Metadata {
    return this.current;
  }

  /** Applies all of the operations, or none of them where the object would be over the limit: then it gives false. */
  apply(operations: readonly MetadataOperation[]): boolean {
    const after = applyOperations(this.current, operations);
    let most = operations.reduce((sum, operation) => sum + operationSize(operation), this.most);
    if (most > LIMITS.metadataBytes) most = byteLength(JSON.stringify(after));
    if (most > LIMITS.metadataBytes) return false;
    this.current = after;
    this.most = most;
    return true;
  }
}

/** Bytes of text by which an operation makes an object longer, at most; also those of the operation itself. */
export function operationSize(operation: MetadataOperation): number {
  // Each name on the way may be new, and be escaped.
  const key = operation.type === "update" ? 0 : 8 * operation.key.length;
  const value = operation.type === "delete" ? 0 : 3 * JSON.stringify(operation.value).length;
  return 64 + key + value;
}
