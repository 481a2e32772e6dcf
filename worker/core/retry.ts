const FIRST_RESEND_MS = 15_000;
const LAST_RESEND_MS = 600_000;

/** How long a dispatch may go unanswered before it is sent again: 15 s, then twice as long each time, 10 min at most. */
export function resendDelay(sends: number): number {
  return Math.min(LAST_RESEND_MS, FIRST_RESEND_MS * 2 ** Math.min(sends, 10));
}

const FIRST_OWED_MS = 5_000;

/** When a message to another group is tried again: it is tried at once, then after 5 s, 10 s... 10 min at most. */
export function owedDelay(tries: number): number {
  return Math.min(LAST_RESEND_MS, FIRST_OWED_MS * 2 ** Math.min(tries, 10));
}
