const LIFETIME_S = 3600;
const HEADER = encodeText(JSON.stringify({ alg: "HS256", typ: "JWT" }));

/** The imported form of the key that was used last: most deployments have one. */
let imported: { readonly key: string; readonly signer: CryptoKey } | undefined;

/** What a token may do. */
type TokenScope = `read:runs:${string}` | `read:batch:${string}` | `write:waitpoints:${string}`;

/**
 * The header with the token of a handle, for clients that look for it: those that name a version of the published
 * client's API. Others are not made to wait for a signature.
 */
export async function tokenHeaders(request: Request, secretKey: string, scope: TokenScope): Promise<HeadersInit> {
  if (!request.headers.has("trigger-version")) return {};
  return { "x-trigger-jwt": await signPublicToken(secretKey, scope, Date.now()) };
}

/**
 * A token that may be given to a browser: an HS256 JWT signed with the secret key that made the request, of the form
 * and life (one hour) that the published client makes for itself where a server sends none.
 */
async function signPublicToken(secretKey: string, scope: TokenScope, now: number): Promise<string> {
  if (imported?.key !== secretKey) {
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    const bytes = new TextEncoder().encode(secretKey);
    imported = { key: secretKey, signer: await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]) };
  }
  const iat = Math.floor(now / 1000);
  const claims = {
    sub: "runlet",
    pub: true,
    scopes: [scope],
    iss: "https://id.trigger.dev",
    aud: "https://api.trigger.dev",
    iat,
    exp: iat + LIFETIME_S,
  };
  const signed = `${HEADER}.${encodeText(JSON.stringify(claims))}`;
  const signature = await crypto.subtle.sign("HMAC", imported.signer, new TextEncoder().encode(signed));
  return `${signed}.${encodeBytes(new Uint8Array(signature))}`;
}

function encodeText(text: string): string {
  return encodeBytes(new TextEncoder().encode(text));
}

function encodeBytes(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
