import type { Env } from "../env.ts";

/**
 * What addresses of this deployment begin with, without a slash at the end: as `RUNLET_PUBLIC_URL` says, which knows what a proxy
 * hides; else as `askedAt`, the URL with which this Worker was asked; else where it listens on this machine; "" where nothing
 * is known.
 */
export function publicUrl(
  { RUNLET_PUBLIC_URL: declared, RUNLET_LOCAL_URL: local }: Pick<Env, "RUNLET_PUBLIC_URL" | "RUNLET_LOCAL_URL">,
  askedAt: string | undefined,
): string {
  const url = [declared, originOf(askedAt), local].find((each) => each !== undefined && each !== "") ?? "";
  return url.replace(/\/+$/, "");
}

/** The origin of a URL; undefined where it is none: its host is what the client sent. */
function originOf(url: string | undefined): string | undefined {
  return url === undefined || !URL.canParse(url) ? undefined : new URL(url).origin;
}
