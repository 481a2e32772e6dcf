import { DEFAULT_PACING, type Pacing } from "../../sdk/lib/http-retry.ts";

/** The client's own pacing, but for the time that passes: the pauses are noted in `pauses`, not made. */
export function notedPacing(changes: Partial<Pacing> = {}): Pacing & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return {
    ...DEFAULT_PACING,
    random: () => 0.5,
    now: () => 1_000_000,
    pause: async (ms) => {
      pauses.push(ms);
    },
    ...changes,
    pauses,
  };
}
