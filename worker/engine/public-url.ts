import type { Env } from "../env.ts";

/**
 * What addresses of this deployment begin with, without a slash at the end: as `RUNLET_PUBLIC_URL` says, which knows what a proxy
 * hides; else as `origin`, where this Worker was asked at; else where it listens on this machine; "" where nothing is known.
 */
export function publicUrl(
  { RUNLET_PUBLIC_URL: declared, RUNLET_LOCAL_URL: local }: Pick<Env, "RUNLET_PUBLIC_URL" | "RUNLET_LOCAL_URL">,
  origin: string | undefined,
): string {
  const url = [declared, origin, local].find((each) => each !== undefined && each !== "") ?? "";
  return url.replace(/\/+$/, "");
}
