import { LineSplitter } from "../../sdk/lib/line-splitter.ts";
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
  const splitter = new LineSplitter();
  let ended = 0;
  for await (const chunk of readChunks(body)) {
    for (const line of splitter.push(chunk)) {
      ended += 1;
      yield line;
    }
    if (splitter.held > ENVELOPE_BYTES) {
      throw new Refusal(413, "payload_too_large", `Line ${ended + 1}: ${payloadTooLarge().message}`);
    }
  }
  yield splitter.end();
}
