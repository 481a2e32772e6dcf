import type { WebhookRequest, WebhookSource } from "../webhook-source.ts";
import { readJsonObject } from "./body.ts";
import { readHeader, readIdHeader, readSignatureHeader } from "./header.ts";
import { Refusal } from "./refusal.ts";
import { fitsSecret } from "./shared-secret.ts";
import { readSecrets, readTolerance, type TimedSourceOptions } from "./source-options.ts";
import { isEvent, makeSource } from "./source.ts";
import { verifyStandard } from "./standard-signature.ts";

/** What events of GitLab have. Which one it is, is in the header `x-gitlab-event`, too. */
export interface GitLabEvent {
  /** Such as "push" or "merge_request". */
  readonly object_kind?: string;
  readonly event_name?: string;
  readonly event_type?: string;
  readonly project?: { readonly id: number; readonly name: string; readonly path_with_namespace: string };
  readonly object_attributes?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const TOKEN_HEADER = "x-gitlab-token";
const SIGNATURE_HEADER = "webhook-signature";

/**
 * Events of GitLab. `secret` is the signing token of the webhook there (`whsec_…`), with which GitLab signs as Standard Webhooks
 * has it (tolerance: 300 s), or its secret token, which it sends along, so that nothing tells a changed body. A delivery is named
 * by `idempotency-key`, which is the same when it is sent again. Throws a `RunletError` for a bad option.
 */
export function gitlab<Event = GitLabEvent>(options: TimedSourceOptions): WebhookSource<Event> {
  const secrets = readSecrets(options, "webhooks.gitlab", ["toleranceSeconds"]);
  const toleranceMs = readTolerance(options.toleranceSeconds, "webhooks.gitlab", 300);
  return makeSource<Event>({
    provider: "gitlab",
    secrets,
    credentials: { headers: [TOKEN_HEADER, SIGNATURE_HEADER] },
    async verify(request, secretTexts) {
      const id = await readDelivery(request, secretTexts, toleranceMs);
      return isEvent(readJsonObject(request), id);
    },
  });
}

/** The name of a delivery that is genuine. A signing token is never compared with what a request says is its secret. */
async function readDelivery(
  request: WebhookRequest,
  secrets: readonly string[],
  toleranceMs: number,
): Promise<string | undefined> {
  const isSigning = (secret: string) => secret.startsWith("whsec_");
  const [signing, tokens] = [secrets.filter(isSigning), secrets.filter((secret) => !isSigning(secret))];
  const token = readHeader(request, TOKEN_HEADER);
  if (token !== undefined && (await fitsSecret(token, tokens))) return readIdHeader(request, "idempotency-key");
  if (signing.length > 0 && (tokens.length === 0 || request.headers.has(SIGNATURE_HEADER))) {
    return verifyStandard(request, "webhook", signing, toleranceMs);
  }
  readSignatureHeader(request, TOKEN_HEADER);
  throw new Refusal("signature_invalid", `The header ${TOKEN_HEADER} does not hold the secret.`);
}
