import type { RecordCache } from "./record-cache.ts";

/** Characters that all of them remember together, at most: they share an isolate of 128 MB with what goes on in it. */
const MOST_CHARACTERS = 4_000_000;

/**
 * The memories of groups in which nothing more is to happen. Somebody may still ask for what came of their runs, so the latest
 * are kept; the oldest are cleared.
 */
export class RestingCaches {
  private readonly caches = new Map<RecordCache, number>();
  private characters = 0;

  add(cache: RecordCache): void {
    this.characters += cache.size - (this.caches.get(cache) ?? 0);
    this.caches.delete(cache);
    this.caches.set(cache, cache.size);
    for (const [oldest, size] of this.caches) {
      if (this.characters <= MOST_CHARACTERS) return;
      oldest.clear();
      this.caches.delete(oldest);
      this.characters -= size;
    }
  }
}
