import { payloadTooLarge } from "../../sdk/lib/payload-limit.ts";
import { ENVELOPE_BYTES, readChunks } from "./body.ts";
import { Refusal } from "./refusal.ts";

export interface JsonLine {
  /** From 1. */
  readonly number: number;
  readonly value: unknown;
}

/**
 * The values of a body with one JSON text on each line; empty lines are passed over. Holds one line at a time. Throws a
 * Refusal for a line that is no JSON (400) or too long (413).
 */
export async function* readJsonLines(body: ReadableStream<Uint8Array>): AsyncGenerator<JsonLine, void, undefined> {
  let number = 0;
  for await (const line of readLines(body)) {
    number += 1;
    if (line.trim() === "") continue;
    yield { number, value: parseLine(line, number) };
  }
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(400, "malformed_json", `Line ${number} is not JSON: ${reason}`);
  }
}

async function* readLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  // The pieces of a line whose end has not come yet; joined once, since a line can have thousands of them.
  let pieces: string[] = [];
  let bytes = 0;
  let ended = 0;
  for await (const chunk of readChunks(body)) {
    const parts = decoder.decode(chunk, { stream: true }).split("\n");
    const rest = parts.pop() ?? "";
    for (const part of parts) {
      yield pieces.length === 0 ? part : pieces.join("") + part;
      pieces = [];
      bytes = 0;
      ended += 1;
    }
    pieces.push(rest);
    bytes += parts.length === 0 ? chunk.byteLength : rest.length;
    if (bytes > ENVELOPE_BYTES) {
      throw new Refusal(413, "payload_too_large", `Line ${ended + 1}: ${payloadTooLarge().message}`);
    }
  }
  yield pieces.join("") + decoder.decode();
}
