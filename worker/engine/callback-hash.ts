import type { Env } from "../env.ts";
import { isSignedText, signText } from "./signature.ts";

/** What the address for callbacks of a token has in it, by which it is known that it was given out here. */
export function callbackHash(env: Env, id: string): Promise<string> {
  return signText(env, textOf(id));
}

/** Whether the hash is that of the token, made with any of the deployment's keys. */
export function isCallbackHash(env: Env, id: string, hash: string): Promise<boolean> {
  return isSignedText(env, textOf(id), hash);
}

function textOf(id: string): string {
  return `callback of ${id}`;
}
