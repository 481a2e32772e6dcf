import { LIMITS } from "../../sdk/lib/wire.ts";
import { payloadTooLarge } from "../../sdk/lib/payload-limit.ts";
import { Refusal } from "./refusal.ts";

/** The largest body, or line of a body, that a payload within its limit can need: it is escaped inside the JSON. */
export const ENVELOPE_BYTES = 2 * (LIMITS.payloadBytes + LIMITS.metadataBytes) + 64 * 1024;

/** The one of these types that the request names. Throws a Refusal (415) for any other. */
export function requireContentType<T extends string>(request: Request, ...types: readonly T[]): T {
  const header = request.headers.get("content-type");
  const found = types.find((one) => one === header) ?? types.find((one) => one === bareType(header ?? ""));
  if (found !== undefined) return found;
  const given = header === null ? "none was sent" : `not ${header}`;
  throw new Refusal(415, "unsupported_content_type", `The content type must be ${types.join(" or ")}, ${given}.`);
}

/** Without parameters, such as the character set. */
function bareType(header: string): string {
  return header.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/**
 * The body as JSON; undefined when it is empty. Throws a Refusal: 415, 413 (as soon as it is known) or 400 for
 * malformed text.
 */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === "") return undefined;
  requireContentType(request, "application/json");
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(400, "malformed_json", `The body is not JSON: ${reason}`);
  }
}

/** The body as text. Throws a Refusal (413) as soon as it is known to be larger than `limit` bytes. */
export async function readText(request: Request, limit = ENVELOPE_BYTES): Promise<string> {
  const announced = request.headers.get("content-length");
  if (announced !== null) {
    if (Number(announced) > limit) throw payloadTooLarge();
    return readAll(request);
  }
  if (request.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of readChunks(request.body)) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw payloadTooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The body as bytes. Throws what `tooLarge` gives as soon as it is known to be larger than `limit` bytes. */
export async function readBytes(request: Request, limit: number, tooLarge: () => Error): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body === null ? [] : readChunks(request.body)) {
    length += chunk.byteLength;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.byteLength;
  }
  return body;
}

async function readAll(request: Request): Promise<string> {
  try {
    return await request.text();
  } catch {
    throw bodyLost();
  }
}

/** The chunks of a body. Whoever stops reading early lets go of the rest. Throws a Refusal when the sender went away. */
export async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw bodyLost();
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function bodyLost(): Refusal {
  return new Refusal(400, "incomplete_body", "The body ended before it was complete. Send the request again.");
}
