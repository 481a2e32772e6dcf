import type { Registry } from "../../worker/engine/registry.ts";
import { consume } from "../../worker/queue/consumer.ts";
import type { DispatchMessage } from "../../worker/queue/message.ts";
import type { SimulatedPlatform } from "./simulated-platform.ts";
import { Process } from "./virtual-time.ts";

const MAX_TRIES = 3;

interface Waiting {
  readonly body: DispatchMessage;
  readonly tries: number;
}

/** A queue whose messages are lost, doubled, late and out of order, and whose consumers die. */
export class SimulatedQueue {
  private readonly platform: SimulatedPlatform;
  private readonly registry: Registry;
  private readonly waiting = new Set<Waiting>();
  private consumers = 0;

  constructor(platform: SimulatedPlatform, registry: Registry) {
    this.platform = platform;
    this.registry = registry;
  }

  senderFor(process: Process): Queue<DispatchMessage> {
    const sendBatch = (messages: readonly { body: DispatchMessage }[]): Promise<void> => {
      const { faults, time } = this.platform;
      if (!process.isAlive) return new Promise(() => undefined);
      const fails = faults.sendFails();
      const arrives = !fails || faults.crash();
      return new Promise((resolve, reject) => {
        time.after(faults.delay(), () => {
          if (arrives) for (const { body } of messages) this.accept({ body: structuredClone(body), tries: 0 });
          time.after(faults.delay(), () => {
            if (!process.isAlive) return;
            if (fails) reject(new Error("Queue unavailable."));
            else resolve();
          });
        });
      });
    };
    return { sendBatch } as unknown as Queue<DispatchMessage>;
  }

  private accept(message: Waiting): void {
    const { faults } = this.platform;
    for (let copies = faults.copies(); copies > 0; copies -= 1) this.deliverAfter(faults.delay(), { ...message });
  }

  private deliverAfter(ms: number, message: Waiting): void {
    this.waiting.add(message);
    this.platform.time.after(ms, () => {
      if (this.waiting.has(message)) void this.deliver(message);
    });
  }

  private async deliver(first: Waiting): Promise<void> {
    const { time, faults, random } = this.platform;
    const batch = [first];
    for (const other of this.waiting) if (other !== first && batch.length < 10 && random.chance(0.5)) batch.push(other);
    for (const message of batch) this.waiting.delete(message);
    this.consumers += 1;
    const process = new Process(`consumer ${this.consumers}`);
    const open = new Set(batch);
    const messages = batch.map((message) => ({
      body: message.body,
      ack: () => void open.delete(message),
      retry: ({ delaySeconds = 0 }: QueueRetryOptions = {}) => {
        if (open.delete(message)) this.again(message, delaySeconds * 1000);
      },
    }));
    if (faults.crash()) time.after(2 ** (random.next() * 17), () => this.platform.kill(process));
    time.after(30_000, () => {
      if (!process.isAlive) for (const message of open) this.again(message, 0);
    });
    await time.inside(process, () => consume(messages, this.platform.envOf(process), this.registry));
  }

  private again({ body, tries }: Waiting, ms: number): void {
    if (tries < MAX_TRIES) this.deliverAfter(ms, { body, tries: tries + 1 });
  }
}
