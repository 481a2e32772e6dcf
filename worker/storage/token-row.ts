import type { TokenStatus } from "../../sdk/lib/wire.ts";

/** A token as the index knows it. Times are in milliseconds since 1970. It changes once: when it is completed. */
export interface TokenRow {
  readonly id: string;
  readonly createdAt: number;
  readonly status: TokenStatus;
  readonly completedAt: number | null;
  readonly timeoutAt: number | null;
  readonly tags: readonly string[];
  readonly key: string | null;
  /** Until when the key is held. */
  readonly keyUntil: number | null;
}
