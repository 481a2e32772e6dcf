import type { BatchItemRequest } from "./door.ts";

/** A part is sent once its text is this long: large enough to be worth a write, small enough to hold. */
const PART_CHARS = 64 * 1024;
/** The length of a request's text where a body cannot be streamed. */
const REQUEST_CHARS = 1024 * 1024;

/** Makes the body of one request; each call makes it anew, so that the request can be sent again. */
export type BodyMaker = () => string | ReadableStream<Uint8Array>;

/** The items of a batch as NDJSON text, in parts. Takes an item when it encodes it; holds one part at a time. */
export function* encodeParts(
  items: Iterable<BatchItemRequest>,
  partChars = PART_CHARS,
): Generator<string, void, undefined> {
  let part = "";
  for (const { index, task, payload, options } of items) {
    const line = { index, task, payload: payload.data, options: { payloadType: payload.type, ...options } };
    part += `${JSON.stringify(line)}\n`;
    if (part.length < partChars) continue;
    yield part;
    part = "";
  }
  if (part !== "") yield part;
}

/**
 * The requests that carry a batch: one, which is text when it is short and a stream when it is long. In a browser,
 * where a request cannot be streamed everywhere, several texts of about 1 MiB each, to be sent one after another.
 */
export function* encodeBodies(
  items: Iterable<BatchItemRequest>,
  streams = canStream(),
): Generator<BodyMaker, void, undefined> {
  if (!streams) {
    for (const text of encodeParts(items, REQUEST_CHARS)) yield () => text;
    return;
  }
  const parts = encodeParts(items);
  const first = parts.next();
  if (first.done) return;
  yield parts.next().done ? () => first.value : () => streamOf(encodeParts(items));
}

function streamOf(parts: Generator<string, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = parts.next();
      if (part.done) controller.close();
      else controller.enqueue(encoder.encode(part.value));
    },
  });
}

function canStream(): boolean {
  return !("document" in globalThis || "importScripts" in globalThis);
}
