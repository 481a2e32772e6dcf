import { logger, step, task } from "runlet";

/**
 * Charges a card, then calls a courier that does not answer at first. Each failure ends an attempt; the charge is a step,
 * so it is made once and later attempts get its result.
 */
export const shipOrder = task({
  id: "ship-order",
  retry: { maxAttempts: 5, minTimeoutInMs: 400, factor: 1.5, randomize: false },
  run: async ({ order, courierFailures }: { order: string; courierFailures: number }, { ctx }) => {
    const charge = await step.run("charge the card", () => {
      logger.info("charged the card", { order });
      return { receipt: crypto.randomUUID().slice(0, 8), at: new Date() };
    });
    if (ctx.attempt.number <= courierFailures) {
      logger.warn("the courier does not answer");
      throw new Error("The courier does not answer.");
    }
    logger.info("the courier has it", { receipt: charge.receipt });
    return { ...charge, attempts: ctx.attempt.number };
  },
});
