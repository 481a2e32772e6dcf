import type { Context } from "hono";
import type { Engine } from "../engine/engine.ts";
import type { Env } from "../env.ts";

/** What a route works with: the engine and bindings of this request, and the secret key that it came with. */
export interface CallEnv {
  Bindings: { readonly engine: Engine; readonly env: Env };
  Variables: { key: string };
}

export type Call = Context<CallEnv>;
