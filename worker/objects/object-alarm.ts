/** Storage takes no later time (2^63 nanoseconds). What is due then is due never. */
const LATEST = 9_000_000_000_000;

const LONGEST_TIMER_MS = 60_000;

/** The one alarm that an object has, as memory knows it. Times in milliseconds since 1970. */
export class ObjectAlarm {
  /** When it fires; null: it is not set. */
  at: number | null = null;
  private readonly storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.storage = storage;
  }

  async load(): Promise<void> {
    this.at = await this.storage.getAlarm();
  }

  /** It comes no later than this. */
  setBy(at: number): void {
    if (at < (this.at ?? Infinity)) this.set(at);
  }

  set(at: number): void {
    if (this.at === at) return;
    this.at = at;
    void this.storage.setAlarm(Math.min(at, LATEST));
  }

  drop(): void {
    if (this.at === null) return;
    this.at = null;
    void this.storage.deleteAlarm();
  }

  /** Resolves when `work` does, or at the time for which the alarm is set by now. */
  async untilDue(work: Promise<unknown>, now: number): Promise<void> {
    const { at } = this;
    if (at === null) return void (await work);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const due = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, Math.min(at - now, LONGEST_TIMER_MS));
    });
    await Promise.race([work, due]);
    clearTimeout(timer);
  }
}
