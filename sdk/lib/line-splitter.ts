/** Cuts bytes that come in pieces into lines of text. Holds the one line that has not ended yet. */
export class LineSplitter {
  /** How much of a line without an end is held, at least, in bytes. */
  held = 0;
  readonly #decoder = new TextDecoder();
  /** Of the line that has not ended; joined once, since a line can have thousands of them. */
  #pieces: string[] = [];

  /** The lines that end in this chunk. */
  push(chunk: Uint8Array): string[] {
    const lines = this.#decoder.decode(chunk, { stream: true }).split("\n");
    const rest = lines.pop() ?? "";
    const [first] = lines;
    if (first === undefined) {
      this.held += chunk.byteLength;
    } else {
      lines[0] = this.#pieces.join("") + first;
      this.#pieces = [];
      this.held = rest.length;
    }
    this.#pieces.push(rest);
    return lines;
  }

  /** What came after the last end of a line. */
  end(): string {
    return this.#pieces.join("") + this.#decoder.decode();
  }
}
