import { env } from "cloudflare:workers";

/** The index, whose first write is on its way until the test lets it come. */
export class SlowIndex {
  private isFirst = true;
  private release: (() => void) | undefined;

  get isWaiting(): boolean {
    return this.release !== undefined;
  }

  goOn(): void {
    this.release?.();
  }

  prepare(sql: string): D1PreparedStatement {
    return env.RUN_INDEX.prepare(sql);
  }

  async batch<T>(statements: D1PreparedStatement[]): Promise<D1Result<T>[]> {
    const isHeld = this.isFirst;
    this.isFirst = false;
    if (isHeld) await new Promise<void>((resolve) => (this.release = resolve));
    return env.RUN_INDEX.batch<T>(statements);
  }

  get database(): D1Database {
    return this as unknown as D1Database;
  }
}
