import type { WebhookSource } from "../../sdk/lib/webhook-source.ts";

const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "cookie"]);

/** The headers of a delivery as tasks see them: without those that are credentials. */
export function seenHeaders(headers: Headers, { credentials }: Pick<WebhookSource, "credentials">) {
  const seen: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (!CREDENTIALS.has(name) && !credentials.headers.includes(name)) seen[name] = value;
  }
  return seen;
}
