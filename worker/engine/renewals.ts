const FIRST_MS = 2_000;

/** When a consumer renews its leases: 2 s after its start, then at growing pauses, and at once when something calls for it. */
export class Renewals {
  private readonly renew: () => Promise<void>;
  private readonly longest: number;
  private pause: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isRenewing = false;
  private isWanted = false;
  private hasEnded = false;

  /** `renew` never rejects. */
  constructor(leaseMs: number, renew: () => Promise<void>) {
    this.renew = renew;
    this.longest = leaseMs / 3;
    this.pause = Math.min(FIRST_MS, this.longest);
  }

  start(): void {
    this.after(this.pause);
  }

  end(): void {
    this.hasEnded = true;
    clearTimeout(this.timer);
  }

  /** What is under way may have been answered before whatever calls for it: then it is done once more. */
  now(): void {
    if (this.isRenewing) this.isWanted = true;
    else void this.go();
  }

  private after(pause: number): void {
    this.timer = setTimeout(() => void this.go(), pause);
  }

  private async go(): Promise<void> {
    clearTimeout(this.timer);
    this.isRenewing = true;
    await this.renew();
    this.isRenewing = false;
    if (this.hasEnded) return;
    this.pause = Math.min(this.pause * 1.5, this.longest);
    this.after(this.isWanted ? 0 : this.pause);
    this.isWanted = false;
  }
}
