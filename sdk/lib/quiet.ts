const TURNS = 100;

/**
 * Resolves once whatever is ready to run has run: after a hundred turns of the microtask queue. A timer would wait for
 * the event loop to come round, which under load takes longer than the work that it waits for.
 */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) await Promise.resolve();
}
