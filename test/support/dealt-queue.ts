import type { QueueLimits } from "../../sdk/lib/queue-limits.ts";
import type { Holder } from "../../worker/core/queue-line.ts";
import type { ToldWish, Want } from "../../worker/core/wish.ts";
import { SlotDealer } from "../../worker/engine/slot-dealer.ts";
import { QueueStore } from "../../worker/storage/queue-store.ts";
import { MemorySql } from "./sql-storage.ts";

/** A queue whose object can be restarted. Runs are told apart by a letter; all are of one group. */
export class DealtQueue {
  readonly sql = new MemorySql();
  readonly store = new QueueStore(this.sql.storage);
  dealer: SlotDealer;
  now = 1_000_000;
  private limits: QueueLimits;

  constructor(limits: Partial<QueueLimits>) {
    this.limits = { executing: {}, inFlight: {}, starts: {}, ...limits };
    this.store.create();
    this.dealer = this.restart();
  }

  restart(limits?: Partial<QueueLimits>): SlotDealer {
    this.limits = { ...this.limits, ...limits };
    this.dealer = new SlotDealer(this.store, this.limits, 0);
    return this.dealer;
  }

  hear(n: string, number: number, want: Want, fields: Partial<ToldWish> = {}): boolean {
    return this.dealer.hear("g", { n, number, want, key: "", rank: 0, ...fields }, this.now);
  }

  /** Who is given slots. */
  serve(): string {
    return names(this.dealer.serve(this.now));
  }

  get counts(): string {
    const { executing, inFlight, queued } = this.dealer.line;
    return `${executing} execute, ${inFlight} in flight, ${queued} wait`;
  }

  wake(isTold: (holder: Holder) => boolean = () => false): string {
    return names(this.dealer.untold(this.now, isTold, 100));
  }
}

function names(holders: readonly Holder[]): string {
  return holders.map(({ n, number }) => `${n}${number}`).join(" ");
}

export const oneAtOnce = (): DealtQueue => new DealtQueue({ executing: { total: 1 } });
