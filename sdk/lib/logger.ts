import type { LogLine } from "./journal.ts";
import { encodeLogFields } from "./log-fields.ts";
import { currentSurroundings } from "./pass-context.ts";

/** What is logged beside the message: any values; those that JSON does not know are written as text. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Log lines that are stored with the run and read by `runs.logs`. Inside a task a line is stored once, however often the
 * task is replayed; outside one it goes to the console. A message, and the fields of a line as JSON, are cut after 8,000 characters;
 * after 400,000 in one pass a warning says that further lines of it are not stored. Logging never throws.
 */
export const logger = {
  debug: (message: string, fields?: LogFields): void => write("debug", message, fields),
  info: (message: string, fields?: LogFields): void => write("info", message, fields),
  warn: (message: string, fields?: LogFields): void => write("warn", message, fields),
  error: (message: string, fields?: LogFields): void => write("error", message, fields),
};

function write(level: LogLine["level"], message: string, fields: LogFields | undefined): void {
  const pass = currentSurroundings()?.pass;
  if (pass === undefined) {
    if (fields === undefined) console[level](message);
    else console[level](message, fields);
    return;
  }
  const line = { level, message: toText(message) };
  pass.log(fields === undefined ? line : { ...line, fields: encodeLogFields(fields) });
}

function toText(message: unknown): string {
  try {
    return String(message);
  } catch {
    return "[message without text]";
  }
}
