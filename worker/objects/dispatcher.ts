import type { Ready } from "../engine/turn.ts";
import type { DispatchMessage } from "../queue/message.ts";
import type { DispatchSender } from "../queue/sender.ts";

/** Runs in one message: what one consumer executes side by side, at the least. */
export const RUNS_PER_MESSAGE = 25;
const MESSAGES_PER_SEND = 100;
/** A message may have 128 KB and a send 256 KB; the rest is the envelope. */
const MESSAGE_CHARACTERS = 60_000;
const SEND_CHARACTERS = 200_000;

/**
 * Sends dispatches, everything that became ready while the last send was under way in one go. A send that fails is
 * forgotten: the runs' due times make the alarm send it again.
 */
export class Dispatcher {
  private readonly send: DispatchSender;
  private readonly group: string;
  private pending: Ready[] = [];
  private sending = false;

  constructor(send: DispatchSender, group: string) {
    this.send = send;
    this.group = group;
  }

  push(ready: readonly Ready[]): void {
    for (const one of ready) this.pending.push(one);
    if (!this.sending && this.pending.length > 0) void this.sendAll();
  }

  private async sendAll(): Promise<void> {
    this.sending = true;
    // The events that are already here come first: what they make ready goes into the same send.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const ready = this.pending;
      this.pending = [];
      for (const messages of packSends(packMessages(this.group, ready))) {
        try {
          await this.send(messages);
        } catch (error) {
          console.warn("runlet: a dispatch was not sent; the alarm will send it again", error);
        }
      }
    }
    this.sending = false;
  }
}

/** Runs in messages of at most `RUNS_PER_MESSAGE`; a run set apart is alone in its own. */
export function packMessages(group: string, ready: readonly Ready[]): DispatchMessage[] {
  const messages: DispatchMessage[] = [];
  let runs: { n: string; epoch: number }[] = [];
  let size = 0;
  const close = (): void => {
    if (runs.length > 0) messages.push({ group, runs });
    runs = [];
    size = 0;
  };
  for (const { n, epoch, alone } of ready) {
    if (alone) {
      messages.push({ group, runs: [{ n, epoch }], alone: true });
      continue;
    }
    if (runs.length >= RUNS_PER_MESSAGE || size + n.length > MESSAGE_CHARACTERS) close();
    runs.push({ n, epoch });
    size += n.length + 25;
  }
  close();
  return messages;
}

function* packSends(messages: readonly DispatchMessage[]): Generator<DispatchMessage[]> {
  let send: DispatchMessage[] = [];
  let size = 0;
  for (const message of messages) {
    const characters = message.runs.reduce((sum, run) => sum + run.n.length + 25, 100);
    if (send.length >= MESSAGES_PER_SEND || size + characters > SEND_CHARACTERS) {
      yield send;
      send = [];
      size = 0;
    }
    send.push(message);
    size += characters;
  }
  if (send.length > 0) yield send;
}
