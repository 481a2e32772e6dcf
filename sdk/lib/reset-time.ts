/** How a server writes when its limit is lifted. */
export type ResetFormat = "unix_timestamp" | "unix_timestamp_in_ms" | "iso_8601" | "iso_8601_duration_openai_variant";

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;
const UNITS_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** The time (ms since 1970) that a header names; undefined when it is not of its format. */
export function readResetTime(text: string, format: ResetFormat, now: number): number | undefined {
  const trimmed = text.trim();
  switch (format) {
    case "unix_timestamp":
      return toTime(Number(trimmed || Number.NaN) * 1000);
    case "unix_timestamp_in_ms":
      return toTime(Number(trimmed || Number.NaN));
    case "iso_8601":
      return toTime(Date.parse(trimmed));
    case "iso_8601_duration_openai_variant":
      return toTime(now + readDuration(trimmed));
  }
}

/** The time that a `Retry-After` header names: seconds from now, or a date. */
export function readRetryAfter(text: string, now: number): number | undefined {
  const seconds = Number(text.trim() || Number.NaN);
  return toTime(Number.isNaN(seconds) ? Date.parse(text) : now + seconds * 1000);
}

/** `1d2h3m4.5s6ms`, any of them absent, as milliseconds. */
function readDuration(text: string): number {
  const found = text === "" ? null : DURATION.exec(text);
  if (found === null) return Number.NaN;
  return UNITS_MS.reduce((sum, unit, i) => sum + unit * Number(found[i + 1] ?? 0), 0);
}

function toTime(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.round(ms) : undefined;
}
