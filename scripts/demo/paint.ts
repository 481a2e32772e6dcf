import { stripVTControlCharacters } from "node:util";
import type { RunStatus } from "../../sdk/index.ts";

const ESCAPE = "\x1b";

type Style = "bold" | "dim" | "red" | "green" | "yellow" | "blue";

const CODES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
};

/** Whether lines may be coloured: on a terminal, unless NO_COLOR is set. */
const hasColours = process.stdout.isTTY && process.env["TERM"] !== "dumb" && !process.env["NO_COLOR"];

export function paint(style: Style, text: string): string {
  return hasColours ? `${ESCAPE}[${CODES[style]}m${text}${ESCAPE}[0m` : text;
}

/** How a status looks: a mark that tells it without colours, too. */
export const LOOKS: Readonly<Record<RunStatus, { readonly mark: string; readonly style: Style }>> = {
  PENDING_VERSION: { mark: "·", style: "dim" },
  DELAYED: { mark: "·", style: "dim" },
  QUEUED: { mark: "·", style: "dim" },
  DEQUEUED: { mark: "▸", style: "yellow" },
  EXECUTING: { mark: "▸", style: "yellow" },
  WAITING: { mark: "○", style: "blue" },
  COMPLETED: { mark: "●", style: "green" },
  CANCELED: { mark: "✖", style: "red" },
  FAILED: { mark: "✖", style: "red" },
  CRASHED: { mark: "✖", style: "red" },
  SYSTEM_FAILURE: { mark: "✖", style: "red" },
  EXPIRED: { mark: "✖", style: "red" },
  TIMED_OUT: { mark: "✖", style: "red" },
};

export function paintStatus(status: RunStatus, text: string): string {
  return paint(LOOKS[status].style, text);
}

/** "24 ms", "1.32 s". */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** The number of characters that a line takes on the screen. */
function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}

/** The line cut to a width, with its colours. */
export function cut(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let shown = "";
  let room = width - 1;
  for (const [i, piece] of line.split(ESCAPE).entries()) {
    const textFrom = i === 0 ? 0 : piece.indexOf("m") + 1;
    const text = piece.slice(textFrom, textFrom + room);
    shown += `${i === 0 ? "" : ESCAPE}${piece.slice(0, textFrom)}${text}`;
    room -= text.length;
  }
  return `${shown}…`;
}

/** `left`, and `right` at the right edge of a line of `width`. */
export function spread(left: string, right: string, width: number): string {
  return left + " ".repeat(Math.max(1, width - widthOf(left) - widthOf(right))) + right;
}

/** The text with blanks after it, up to `width`. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
