/** Random numbers that come again with the same seed (mulberry32). */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 to `below`, which is left out. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("There is nothing to pick from.");
    return list[this.below(list.length)] as T;
  }
}

/** The seeds of a randomised test: `count` from SEED or from the clock; exactly SEED where HISTORIES is not set too. */
export function seeds(count: number): { readonly first: number; readonly list: readonly number[] } {
  const { SEED, HISTORIES } = process.env;
  const first = SEED === undefined ? Date.now() % 1_000_000_000 : Number(SEED);
  const length = HISTORIES === undefined ? (SEED === undefined ? count : 1) : Number(HISTORIES);
  return { first, list: Array.from({ length }, (_, i) => first + i) };
}

/** Does `check` for each seed. A failure names the seed with which it comes again; the first seed is printed. */
export async function forEachSeed(
  what: string,
  count: number,
  check: (seed: number) => void | Promise<void>,
): Promise<void> {
  const { first, list } = seeds(count);
  console.info(`${what}: ${list.length} from seed ${first}`);
  for (const seed of list) {
    try {
      await check(seed);
    } catch (error) {
      throw new Error(`${what}: seed ${seed} fails (SEED=${seed} runs it alone).`, { cause: error });
    }
  }
}
