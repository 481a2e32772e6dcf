/** In UTF-16 units; a unit is at most 3 bytes of UTF-8, so a row stays below 2 MB. */
const PIECE_UNITS = 500_000;

/** A text too long for a row in pieces that are not. */
export function* cutText(text: string): Generator<string> {
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + PIECE_UNITS);
    // A pair of surrogates must not be cut: half of one is no valid UTF-8.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    yield text.slice(from, to);
    from = to;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
