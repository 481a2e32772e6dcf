/** What test tasks that act on the world are given: the address of the test's own server, and what to tell it. */
export interface Visit {
  readonly outside: string;
  readonly what: string;
}

/**
 * Tells the test's server what the task does, and goes on when it answers: it may hold the answer. Throws when it
 * refuses, so that a test can make a task fail as often as it likes.
 */
export async function tell(outside: string, what: string, signal?: AbortSignal): Promise<void> {
  const url = `${outside}/${encodeURIComponent(what)}`;
  const response = await fetch(url, { method: "POST", ...(signal === undefined ? {} : { signal }) });
  await response.text();
  if (!response.ok) throw new Error(`"${what}" was refused`);
}
