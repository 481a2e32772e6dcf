import TinyQueue from "tinyqueue";
import type { Lane, Place } from "./queue-line.ts";

/** A run in line, and the number of its wish. */
export type Standing = Place & { readonly number: number };

/**
 * Those who joined the line in the turn under way. Most of them get their slots in it: they are written down only if they
 * still stand there at its end.
 */
export class Newcomers {
  /** By key and lane. Those who left are passed over. */
  private readonly lanes = new Map<string, TinyQueue<Standing>>();
  private readonly present = new Map<string, { readonly key: string; readonly lane: Lane; readonly one: Standing }>();

  join(key: string, lane: Lane, one: Standing): void {
    const name = laneName(key, lane);
    const waiting = this.lanes.get(name) ?? new TinyQueue<Standing>([], compare);
    waiting.push(one);
    this.lanes.set(name, waiting);
    this.present.set(placeName(key, lane, one), { key, lane, one });
  }

  /** False for one who did not join in this turn. */
  leave(key: string, lane: Lane, place: Place): boolean {
    return this.present.delete(placeName(key, lane, place));
  }

  /** The number of the wish with which a run joined there in this turn. */
  numberAt(key: string, lane: Lane, place: Place): number | undefined {
    return this.present.get(placeName(key, lane, place))?.one.number;
  }

  /** The next of a lane: of those here, or `written`, who stands there from before. */
  first(key: string, lane: Lane, written: Standing | undefined): Standing | undefined {
    const waiting = this.lanes.get(laneName(key, lane));
    for (let one = waiting?.peek(); one !== undefined; one = waiting?.peek()) {
      if (this.numberAt(key, lane, one) === one.number) {
        return written !== undefined && compare(written, one) < 0 ? written : one;
      }
      waiting?.pop();
    }
    return written;
  }

  /** The turn ends: who is still here is given to `write`. */
  settle(write: (key: string, lane: Lane, one: Standing) => void): void {
    for (const { key, lane, one } of this.present.values()) write(key, lane, one);
    this.present.clear();
    this.lanes.clear();
  }
}

/** The order of a lane. */
function compare(a: Place, b: Place): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.group !== b.group) return a.group < b.group ? -1 : 1;
  if (a.n === b.n) return 0;
  return a.n < b.n ? -1 : 1;
}

function laneName(key: string, lane: Lane): string {
  return `${lane} ${key}`;
}

function placeName(key: string, lane: Lane, { rank, group, n }: Place): string {
  return `${rank} ${group} ${n} ${laneName(key, lane)}`;
}
