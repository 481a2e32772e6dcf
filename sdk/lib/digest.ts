import type { StoredOptions } from "./journal.ts";
import type { Packet } from "./packet.ts";

/** The time asked for is no part of what a wait for it is: the first pass has chosen it. */
export const TIME = "time";

interface Asked {
  readonly task: string;
  readonly payload: Packet;
  readonly options: StoredOptions;
}

/** The fingerprint of what is asked of tasks, in order. A key is part of it: one of another attempt asks for another run. */
export function digestOf(items: readonly Asked[]): string {
  const digest = new Digest();
  for (const { task, payload, options } of items) {
    digest
      .add(task)
      .add(payload.data ?? "")
      .add(payload.type);
    if (options.idempotencyKey !== undefined) digest.add(options.idempotencyKey);
  }
  return digest.text();
}

/**
 * A fingerprint of what a task asked for, to notice that it asks for something else at the same place. 64 bits in two
 * lanes of multiply-and-xor; it guards against mistakes, not against attackers.
 */
class Digest {
  private a = 0xdeadbeef;
  private b = 0x41c6ce57;

  add(text: string): this {
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      this.a = Math.imul(this.a ^ code, 2654435761);
      this.b = Math.imul(this.b ^ code, 1597334677);
    }
    // A mark between texts, so that "ab" + "c" is not "a" + "bc".
    this.a = Math.imul(this.a ^ 0x1f, 2246822507) ^ (this.a >>> 15);
    this.b = Math.imul(this.b ^ 0x1f, 3266489909) ^ (this.b >>> 13);
    return this;
  }

  text(): string {
    return (this.a >>> 0).toString(36) + (this.b >>> 0).toString(36).padStart(7, "0");
  }
}
