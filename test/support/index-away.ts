import { env } from "cloudflare:workers";

/** The index, which is away. */
export class IndexAway {
  tries = 0;

  prepare(sql: string): D1PreparedStatement {
    return env.RUN_INDEX.prepare(sql);
  }

  batch(): Promise<never> {
    this.tries += 1;
    return Promise.reject(new Error("D1_ERROR: Network connection lost."));
  }

  get database(): D1Database {
    return this as unknown as D1Database;
  }
}
