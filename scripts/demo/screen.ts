import { cut } from "./paint.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const BRIEF_EVERY_MS = 400;

/** On a terminal a block of lines is drawn over and over in its place. Elsewhere only what is final is printed. */
const isLive = process.stdout.isTTY && process.env["TERM"] !== "dumb";

/** The width that lines are laid out for. */
export const WIDTH = Math.min(80, (isLive && process.stdout.columns) || 80);

/** What the demo prints: lines that stay, and one block at a time that changes. */
export class Screen {
  private height = 0;
  private brief = "";
  private briefAt = 0;
  private isClosed = false;

  line(text = ""): void {
    this.write(`${text}\n`);
  }

  /** Shows the block as it is now. Off a terminal `brief` stands for it, when it has changed. */
  draw(lines: readonly string[], brief: string): void {
    if (isLive) this.replace(lines);
    else if (brief.trim() !== "" && brief !== this.brief && Date.now() - this.briefAt >= BRIEF_EVERY_MS) {
      this.brief = brief;
      this.briefAt = Date.now();
      this.line(brief);
    }
  }

  /** Shows the block for the last time: it stays. */
  settle(lines: readonly string[]): void {
    if (isLive) {
      this.replace(lines);
      this.write(SHOW_CURSOR);
    } else {
      for (const line of lines) this.line(line);
    }
    this.height = 0;
    this.brief = "";
    this.briefAt = 0;
  }

  /** Leaves the terminal as it was found, with what is shown left standing. Nothing is printed from here on. */
  close(): void {
    if (isLive && !this.isClosed) process.stdout.write(SHOW_CURSOR);
    this.isClosed = true;
  }

  private write(text: string): void {
    if (!this.isClosed) process.stdout.write(text);
  }

  private replace(lines: readonly string[]): void {
    const columns = process.stdout.columns || 80;
    const rows = process.stdout.rows || 24;
    // A line that wraps or scrolls off cannot be drawn over.
    const shown = lines.slice(0, Math.max(1, rows - 2)).map((line) => `${cut(line, columns - 1)}\x1b[K\n`);
    const up = this.height > 0 ? `\x1b[${this.height}A` : "";
    this.height = shown.length;
    this.write(`${HIDE_CURSOR}${up}\r${shown.join("")}\x1b[J`);
  }
}
