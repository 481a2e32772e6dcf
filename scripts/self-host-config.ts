import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "smol-toml";

/** A wrangler configuration: only what is read or replaced here is typed. */
export interface WranglerConfig {
  main: string;
  readonly compatibility_date: string;
  vars?: Record<string, string>;
  d1_databases?: D1Binding[];
  assets?: { directory?: string };
  readonly queues?: { readonly consumers?: readonly { readonly queue: string }[] };
  readonly [key: string]: unknown;
}

export interface D1Binding {
  readonly binding: string;
  readonly database_name: string;
  readonly database_id?: string;
  migrations_dir?: string;
}

/** What `workerd serve` reads of a wrangler configuration. It refuses a file with any other field. */
const SERVED_FIELDS = new Set([
  "name",
  "main",
  "compatibility_date",
  "compatibility_flags",
  "vars",
  "durable_objects",
  "migrations",
  "kv_namespaces",
  "triggers",
  "queues",
  "workflows",
  "d1_databases",
  "no_bundle",
  "assets",
]);

/** Reads a wrangler.toml or wrangler.json for `workerd serve`, with absolute paths, so that it can be written anywhere. */
export function readWranglerConfig(path: string): WranglerConfig {
  const text = readFileSync(path, "utf8");
  const whole = (path.endsWith(".toml") ? parse(text) : JSON.parse(text)) as object;
  const config = Object.fromEntries(
    Object.entries(whole).filter(([field]) => SERVED_FIELDS.has(field)),
  ) as WranglerConfig;
  const folder = dirname(resolve(path));
  config.main = resolve(folder, config.main);
  for (const database of config.d1_databases ?? []) {
    database.migrations_dir = resolve(folder, database.migrations_dir ?? "migrations");
  }
  if (config.assets?.directory !== undefined) config.assets.directory = resolve(folder, config.assets.directory);
  return config;
}
