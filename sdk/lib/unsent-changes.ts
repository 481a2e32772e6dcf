import { segmentsOf, type MetadataOperation } from "./metadata-operation.ts";
import { operationSize } from "./metadata-draft.ts";
import type { MetadataChange, MetadataOwner } from "./notes.ts";

/** A change on its way. */
export interface NumberedChange extends MetadataChange {
  /** The key of the step that it goes with. */
  readonly step: string | undefined;
}

interface Unsent extends NumberedChange {
  operation: MetadataOperation;
}

/**
 * Changes that wait to be sent, in their order. One that makes an earlier one vain takes its place, and increments add up,
 * so that a loop that counts its rounds leaves one change.
 */
export class UnsentChanges {
  /** What they take, in bytes, at most. */
  size = 0;
  private list: Unsent[] = [];
  /** The last change of each field, as long as nothing else can have touched that field. */
  private readonly last = new Map<string, Unsent>();

  add(of: MetadataOwner, operation: MetadataOperation, step: string | undefined): void {
    if (operation.type === "update") {
      for (const field of this.last.keys()) if (field.startsWith(`${of}.`)) this.last.delete(field);
      this.push({ of, operation, step });
      return;
    }
    const field = `${of}.${segmentsOf(operation.key)[0]}`;
    const before = this.last.get(field);
    const joined = before?.step === step ? join(before?.operation, operation) : undefined;
    if (before !== undefined && joined !== undefined) {
      this.size += operationSize(joined) - operationSize(before.operation);
      before.operation = joined;
      return;
    }
    const change = { of, operation, step };
    this.push(change);
    this.last.set(field, change);
  }

  /** Takes out what goes without a step, and with this one. */
  take(step: string | undefined): NumberedChange[] {
    const going = this.list.filter((change) => change.step === undefined || change.step === step);
    if (going.length === 0) return [];
    this.list = this.list.filter((change) => !going.includes(change));
    this.size = this.list.reduce((sum, { operation }) => sum + operationSize(operation), 0);
    this.last.clear();
    return going;
  }

  private push(change: Unsent): void {
    this.list.push(change);
    this.size += operationSize(change.operation);
  }
}

/** One operation that does what the two do, where there is one. */
function join(first: MetadataOperation | undefined, second: MetadataOperation): MetadataOperation | undefined {
  if (first === undefined || first.type === "update" || second.type === "update") return undefined;
  if (first.key !== second.key) return undefined;
  // Along a path, what is deleted leaves its surroundings behind, and moves the items of a list.
  const isPath = segmentsOf(first.key).length > 1;
  if (second.type === "delete") return isPath ? undefined : second;
  if (second.type === "set") return isPath && first.type === "delete" ? undefined : second;
  if (first.type !== "increment" || second.type !== "increment") return undefined;
  return { ...second, value: first.value + second.value };
}
