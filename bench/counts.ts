import type { BenchCounts } from "./counting-worker.ts";

/** The counts of a platform that counts, at this address: `{ url }/bench/counts`. */
export class CountsAt {
  private readonly address: string;

  constructor(platform: { readonly url: string }) {
    this.address = `${platform.url}/bench/counts`;
  }

  /** Sets them to nothing. */
  async reset(): Promise<void> {
    await fetch(this.address, { method: "DELETE" });
  }

  async read(): Promise<BenchCounts> {
    return JSON.parse(await this.text()) as BenchCounts;
  }

  /** The counts once nothing has changed for so long. */
  async quiet(ms: number): Promise<BenchCounts> {
    for (let before = ""; ;) {
      const text = await this.text();
      if (text === before) return JSON.parse(text) as BenchCounts;
      before = text;
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }

  private async text(): Promise<string> {
    const response = await fetch(this.address);
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${this.address} answered ${response.status}: ${text}`);
    return text;
  }
}
