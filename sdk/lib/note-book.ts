import { RunletApiError } from "./errors.ts";
import type { Claim } from "./journal.ts";
import { MetadataDraft, operationSize } from "./metadata-draft.ts";
import type { Metadata, MetadataOperation } from "./metadata-operation.ts";
import { decodeMetadata, metadataTooLarge } from "./metadata-text.ts";
import type { MetadataOwner, NewNotes, Notes } from "./notes.ts";
import type { PassDoor } from "./pass-door.ts";
import { joinTags } from "./tag-list.ts";
import { UnsentChanges, type NumberedChange } from "./unsent-changes.ts";
import { LIMITS } from "./wire.ts";

const PAUSE_MS = 1_000;
/** Refusals of an attempt that are remembered: a replay passes over those beyond in silence. */
const MOST_REFUSED = 100;

/** Where the code that writes notes is. */
interface Writer {
  /** Replays come past it again, so what it writes is counted. */
  readonly isReplayed: boolean;
  /** It is part of the task's function, which nobody listens to once its pass has ended. */
  readonly isTask: boolean;
  readonly step?: string;
}

/**
 * What a pass notes about its run. A replay comes past the changes of earlier passes of its attempt again; as many as are
 * stored are left out, and those that were refused are refused again. Those of a step are sent with its result, so that they happen as often as it. All others are
 * sent with the pass's report, and when the first of them is a second old.
 */
export class NoteBook {
  private readonly door: Pick<PassDoor, "keepNotes">;
  private readonly claim: Claim;
  private readonly draft: MetadataDraft;
  private readonly stored: number;
  private count = 0;
  /** The places, among those that count, of changes that were refused: a replay must meet them again. */
  private readonly refused: Set<number>;
  private hasNewRefusal = false;
  private readonly unsent = new UnsentChanges();
  /** Changes that are under way, after those that the group is known to have. */
  private underWay: readonly NumberedChange[] = [];
  private arrived = 0;
  private tags: readonly string[];
  private newTags: readonly string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isTaskOver = false;
  private isClosed = false;

  constructor(claim: Claim, door: Pick<PassDoor, "keepNotes">) {
    const { metadata, tags } = claim;
    this.door = door;
    this.claim = claim;
    this.stored = metadata?.counted ?? 0;
    this.refused = new Set(metadata?.refused);
    this.draft =
      metadata === undefined
        ? new MetadataDraft()
        : new MetadataDraft(decodeMetadata(metadata.text), metadata.text.length);
    this.tags = tags;
  }

  /** The notes of the task's function. */
  get ofTask(): Notes {
    return new Page(this, { isReplayed: true, isTask: true });
  }

  /** The notes of a hook. `isReplayed`: it runs in each pass. */
  ofHook(isReplayed: boolean): Notes {
    return new Page(this, { isReplayed, isTask: false });
  }

  get metadata(): Metadata {
    return this.draft.value;
  }

  change(of: MetadataOwner, operation: MetadataOperation, { isReplayed, isTask, step }: Writer): void {
    if (this.isClosed || (isTask && this.isTaskOver)) return;
    const place = this.count;
    if (isReplayed) this.count += 1;
    if (isReplayed && place < this.stored) {
      if (this.refused.has(place)) throw metadataTooLarge();
      return;
    }
    const owner = this.ownerOf(of);
    const refusal = this.refusalOf(owner, operation);
    if (refusal !== undefined) {
      if (isReplayed && this.refused.size < MOST_REFUSED) this.refuse(place);
      throw refusal;
    }
    this.unsent.add(owner, operation, step);
    if (step === undefined) this.schedule();
  }

  /** Applies an operation, or says why that cannot be. */
  private refusalOf(owner: MetadataOwner, operation: MetadataOperation): RunletApiError | undefined {
    if (operationSize(operation) + this.unsent.size > 6 * LIMITS.metadataBytes) return tooManyChanges();
    return owner === "run" && !this.draft.apply([operation]) ? metadataTooLarge() : undefined;
  }

  private refuse(place: number): void {
    this.refused.add(place);
    this.hasNewRefusal = true;
    this.schedule();
  }

  addTags(tags: readonly string[], { isTask }: Writer): void {
    if (this.isClosed || (isTask && this.isTaskOver)) return;
    const joined = joinTags(this.tags, tags);
    if (joined === this.tags) return;
    this.newTags = [...this.newTags, ...joined.slice(this.tags.length)];
    this.tags = joined;
    this.schedule();
  }

  /** Sends what is unsent. Rejects when that failed: then it goes with the next message. */
  async flush(): Promise<void> {
    const notes = this.isClosed ? undefined : this.take();
    if (notes !== undefined && (await this.door.keepNotes(notes))) this.keptWith(notes);
  }

  /**
   * What goes with the next message, and with the result of this step where one is named; undefined when there is nothing.
   * What is under way goes along once more, in case it gets lost.
   */
  take(step?: string): NewNotes | undefined {
    this.underWay = [...this.underWay, ...this.unsent.take(step)];
    if (this.underWay.length === 0 && this.newTags.length === 0 && !this.hasNewRefusal) return undefined;
    const counted = Math.max(this.count, this.stored);
    // Those of another step that are under way go with its result alone: here they only keep their numbers.
    const changes = this.underWay.map((change) => {
      const isOthers = change.step !== undefined && change.step !== step;
      return isOthers ? null : { of: change.of, operation: change.operation };
    });
    const refused = this.refused.size === 0 ? {} : { refused: [...this.refused] };
    return { from: this.arrived, changes, tags: this.newTags, counted, ...refused };
  }

  /** The group has these. */
  keptWith({ from, changes, tags, refused = [] }: NewNotes): void {
    if (refused.length === this.refused.size) this.hasNewRefusal = false;
    const arrived = Math.max(this.arrived, from + changes.length);
    this.underWay = this.underWay.slice(arrived - this.arrived);
    this.arrived = arrived;
    this.newTags = this.newTags.filter((tag) => !tags.includes(tag));
  }

  /** The pass has ended: what the task's function still does reaches nobody. Hooks may follow. */
  endTask(): void {
    this.isTaskOver = true;
  }

  /** Nothing is written any more. What goes with the report. */
  close(): NewNotes | undefined {
    this.isClosed = true;
    clearTimeout(this.timer);
    return this.take();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush().catch(() => {
        if (!this.isClosed) this.schedule();
      });
    }, PAUSE_MS);
  }

  /** A run without a parent is its own parent and root. Each run has one name here, so that what changes it keeps its order. */
  private ownerOf(of: MetadataOwner): MetadataOwner {
    const { parentId, rootId } = this.claim;
    if (of === "parent") return parentId === undefined ? "run" : of;
    if (of === "root" && rootId === parentId) return rootId === undefined ? "run" : "parent";
    return of === "root" && rootId === undefined ? "run" : of;
  }
}

/** A note book as one piece of code writes in it. */
class Page implements Notes {
  private readonly book: NoteBook;
  private readonly writer: Writer;

  constructor(book: NoteBook, writer: Writer) {
    this.book = book;
    this.writer = writer;
  }

  get metadata(): Metadata {
    return this.book.metadata;
  }

  change(of: MetadataOwner, operation: MetadataOperation): void {
    this.book.change(of, operation, this.writer);
  }

  addTags(tags: readonly string[]): void {
    this.book.addTags(tags, this.writer);
  }

  flush(): Promise<void> {
    return this.book.flush();
  }

  inStep(step: string): Notes {
    return new Page(this.book, { ...this.writer, isReplayed: false, step });
  }
}

function tooManyChanges(): RunletApiError {
  const message = "More metadata was changed at once than can be sent. Await metadata.flush() in between.";
  return new RunletApiError(413, "metadata_too_large", message);
}
