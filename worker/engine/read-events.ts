import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { EventPage, RunEvent } from "../../sdk/lib/event-wire.ts";
import { readRow } from "./read-logs.ts";
import { eventsOf } from "./run-events.ts";
import type { Turn } from "./turn.ts";

/** Events of one page, and their characters, roughly. */
const EVENTS = 500;
const CHARACTERS = 2_000_000;
const CURSOR = /^(\d{1,9})\.(\d{1,9})?\.(\d{1,9})$/;

/** How many events were read, the last row of log lines that was read whole, and how many lines of the next one. */
interface Position {
  readonly events: number;
  readonly row?: string;
  readonly lines: number;
}

/**
 * A page of what has happened to a run, log lines among it, oldest first; undefined when there is no such run. Throws a
 * `RunletApiError` (400) for a cursor that no page has given.
 */
export function readEvents(turn: Turn, n: string, after: string | undefined): EventPage | undefined {
  let position = decode(after);
  const run = turn.run(n);
  if (run === undefined) return undefined;
  const others = eventsOf(turn, run);
  const lines = linesFrom(turn, n, position);
  const events: RunEvent[] = [];
  let characters = 0;
  let line = lines.next();
  while (events.length < EVENTS && characters < CHARACTERS) {
    const other = others[position.events];
    if (other === undefined && line.done) return { events, pagination: {} };
    if (!line.done && (other === undefined || line.value.event.at < other.at)) {
      events.push(line.value.event);
      characters += line.value.characters;
      position = { ...line.value.next, events: position.events };
      line = lines.next();
    } else if (other !== undefined) {
      events.push(other);
      characters += 300 + other.message.length;
      position = { ...position, events: position.events + 1 };
    }
  }
  return { events, pagination: { next: encode(position) } };
}

interface Line {
  readonly event: RunEvent;
  readonly characters: number;
  /** Where to go on after it. */
  readonly next: Omit<Position, "events">;
}

function* linesFrom(turn: Turn, n: string, { row, lines: skipped }: Position): Generator<Line, void, undefined> {
  let before = row;
  let skip = skipped;
  for (const { number, lines: text } of turn.scans.logs(n, row)) {
    const lines = readRow(text);
    for (const [i, { at, attempt, level, message, fields }] of lines.entries()) {
      if (i < skip) continue;
      const event: RunEvent = { at, type: "log", message, attempt, level, ...(fields === undefined ? {} : { fields }) };
      const next = { ...(before === undefined ? {} : { row: before }), lines: i + 1 };
      yield { event, characters: 100 + Math.ceil(text.length / lines.length), next };
    }
    before = number;
    skip = 0;
  }
}

function encode({ events, row = "", lines }: Position): string {
  return `${events}.${row}.${lines}`;
}

function decode(cursor: string | undefined): Position {
  if (cursor === undefined) return { events: 0, lines: 0 };
  const [, events, row, lines] = CURSOR.exec(cursor) ?? [];
  if (events === undefined || lines === undefined) {
    throw new RunletApiError(400, "invalid_cursor", "after is not a cursor that a page of events has given.");
  }
  return { events: Number(events), ...(row === undefined ? {} : { row }), lines: Number(lines) };
}
