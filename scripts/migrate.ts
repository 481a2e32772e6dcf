import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { D1Binding, WranglerConfig } from "./self-host-config.ts";
import { startWorkerd } from "./workerd.ts";

/**
 * Applies the migrations that the local databases lack, with a Worker that does only this and runs on the same state
 * folder before the real one starts. It keeps the same table as `wrangler d1 migrations apply`.
 */
export async function applyLocalMigrations(state: string, config: WranglerConfig): Promise<void> {
  const databases = (config.d1_databases ?? []).map((database) => ({ database, files: readMigrations(database) }));
  if (databases.every(({ files }) => files.length === 0)) return;
  const main = join(state, "migrate.js");
  const configFile = join(state, "migrate.json");
  writeFileSync(main, MIGRATION_WORKER);
  writeFileSync(
    configFile,
    JSON.stringify({
      name: "runlet-migrate",
      main,
      compatibility_date: config.compatibility_date,
      d1_databases: config.d1_databases,
    }),
  );
  const workerd = await startWorkerd({ config: configFile, port: 0, stdio: "ignore" });
  try {
    for (const { database, files } of databases) {
      const response = await fetch(`http://127.0.0.1:${workerd.port}/${database.binding}`, {
        method: "POST",
        body: JSON.stringify(files),
      });
      if (!response.ok) throw new Error(`Migrating ${database.database_name} failed: ${await response.text()}`);
    }
  } finally {
    await workerd.stop();
    rmSync(main, { force: true });
    rmSync(configFile, { force: true });
  }
}

function readMigrations(database: D1Binding): readonly { readonly name: string; readonly sql: string }[] {
  const folder = database.migrations_dir;
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => ({ name, sql: readFileSync(join(folder, name), "utf8") }));
}

const MIGRATION_WORKER = `export default {
  async fetch(request, env) {
    const db = env[new URL(request.url).pathname.slice(1)];
    let current = "";
    try {
      await db.prepare(\`CREATE TABLE IF NOT EXISTS d1_migrations(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
      )\`).run();
      const { results } = await db.prepare("SELECT name FROM d1_migrations").all();
      const applied = new Set(results.map((row) => row.name));
      for (const { name, sql } of await request.json()) {
        if (applied.has(name)) continue;
        current = name + ": ";
        await db.batch([db.prepare(sql), db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name)]);
      }
      return new Response("ok");
    } catch (error) {
      return new Response(current + error, { status: 500 });
    }
  },
};
`;
