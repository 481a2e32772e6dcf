import { MetadataDraft } from "../../sdk/lib/metadata-draft.ts";
import { decodeMetadata } from "../../sdk/lib/metadata-text.ts";
import { NEW_HEAD, type MetadataHead } from "../core/metadata-head.ts";
import type { GroupStore } from "../storage/group-store.ts";

/** The metadata of a run as this turn has it. */
export interface MetadataSlot {
  readonly draft: MetadataDraft;
  head: MetadataHead;
  isChanged: boolean;
}

/** The metadata that a turn has read or changed: read once, and written once, however many runs have changed it. */
export class TurnMetadata {
  private readonly store: GroupStore;
  private readonly slots = new Map<string, MetadataSlot>();

  constructor(store: GroupStore) {
    this.store = store;
  }

  /** The metadata of the run at `n`, made empty if it has none. Who changes it says so in `isChanged`. */
  open(n: string): MetadataSlot {
    const known = this.slots.get(n);
    if (known !== undefined) return known;
    const row = this.store.metadata.read(n);
    const draft =
      row === undefined ? new MetadataDraft() : new MetadataDraft(decodeMetadata(row.text), row.text.length);
    // What is written from now on is not what it was triggered with any more.
    const head = row?.head.given === true ? { ...row.head, given: row.text } : (row?.head ?? NEW_HEAD);
    const slot = { draft, head, isChanged: false };
    this.slots.set(n, slot);
    return slot;
  }

  /** Writes the metadata that a run begins with, as JSON text. */
  start(n: string, text: string): void {
    this.slots.delete(n);
    this.store.metadata.write(n, { ...NEW_HEAD, given: true }, text);
  }

  /** Writes what has changed, and forgets it. */
  write(): void {
    for (const [n, { draft, head, isChanged }] of this.slots) {
      if (isChanged) this.store.metadata.write(n, head, JSON.stringify(draft.value));
    }
    this.slots.clear();
  }
}
