import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.RUN_INDEX, env.RUN_INDEX_MIGRATIONS);
