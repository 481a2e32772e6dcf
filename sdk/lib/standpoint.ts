import type { Stand } from "./stand.ts";

/**
 * Where one piece of code stands: at the waits that it has asked for, and wherever those stand whose results it has asked for.
 * It counts as long as the outermost point that it is within does; one that is let go does not, whatever is asked for there.
 */
export class Standpoint {
  private outer: Standpoint | undefined;
  /** Those that are not empty. */
  private readonly inner = new Set<Standpoint>();
  private readonly stands = new Map<string, readonly [order: number, stand: Stand]>();

  constructor(outer?: Standpoint) {
    this.outer = outer;
  }

  get isEmpty(): boolean {
    return this.stands.size === 0 && this.inner.size === 0;
  }

  add(stand: Stand, order: number): void {
    this.stands.set(stand.key, [order, stand]);
    this.join();
  }

  moveTo(outer: Standpoint): void {
    this.letGo();
    this.outer = outer;
    if (!this.isEmpty) this.join();
  }

  letGo(): void {
    this.leave();
    this.outer = undefined;
  }

  /** All stands at or within it, each with the place of its asking among all. */
  *all(): Generator<readonly [order: number, stand: Stand]> {
    yield* this.stands.values();
    for (const inner of this.inner) yield* inner.all();
  }

  private join(): void {
    const { outer } = this;
    if (outer === undefined || outer.inner.has(this)) return;
    outer.inner.add(this);
    outer.join();
  }

  private leave(): void {
    const { outer } = this;
    if (outer?.inner.delete(this) === true && outer.isEmpty) outer.leave();
  }
}
