const DURATION = /^(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,8})h)?(?:(\d{1,9})m)?(?:(\d{1,10})s)?$/;
const UNIT_MS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];

/**
 * Milliseconds of a duration such as "30s", "10m", "1h30m", "2d" or "1w": whole numbers with the units w, d, h, m and s,
 * the largest first. Undefined for any other text.
 */
export function parseDuration(text: string): number | undefined {
  const [, ...counts] = DURATION.exec(text) ?? [];
  if (text === "" || counts.length === 0) return undefined;
  return counts.reduce((sum, count, unit) => sum + Number(count ?? 0) * (UNIT_MS[unit] ?? 0), 0);
}
