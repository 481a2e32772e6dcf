/** Refusals are told of this far apart at least. */
const PAUSE_MS = 5_000;
const MOST_DETAIL_CHARACTERS = 200;

interface Count {
  count: number;
  detail: string;
}

/**
 * Counts requests to endpoints that were refused, and logs them now and then in one line: with the first one, and with whatever
 * comes once some seconds have passed. It has no timer, so the last ones of a flood are told of when the next request comes.
 */
export class RefusalTally {
  private readonly now: () => number;
  private readonly tell: (line: string) => void;
  private readonly counts = new Map<string, Count>();
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number, tell: (line: string) => void) {
    this.now = now;
    this.tell = tell;
  }

  /** `endpoint` and `fault` are of the code, and so a few; `detail` is of the last one of its kind. */
  add(endpoint: string, fault: string, detail: string): void {
    const kind = `${endpoint}: ${fault}`;
    const known = this.counts.get(kind) ?? { count: 0, detail };
    this.counts.set(kind, { count: known.count + 1, detail: detail.slice(0, MOST_DETAIL_CHARACTERS) });
    this.tellIfDue();
  }

  /** Tells of what has been counted, unless that was done just now or there is nothing. */
  tellIfDue(): void {
    const now = this.now();
    if (this.counts.size === 0 || now - this.toldAt < PAUSE_MS) return;
    this.toldAt = now;
    const parts = [...this.counts].map(([kind, { count, detail }]) => `${count} × ${kind} (${detail})`);
    this.counts.clear();
    this.tell(`runlet: webhook requests refused: ${parts.join("; ")}`);
  }
}
