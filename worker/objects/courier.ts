import type { Sent } from "../core/entry.ts";
import { BATCH_ROOT, OWN_ROOT } from "../core/address.ts";
import { callGroup } from "../engine/call-group.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";

const AT_ONCE = 20;

type RunTurn = <T>(verb: (turn: Turn) => T) => T;

/**
 * Carries what a group owes to other groups: starts, cancellations, settlements. What is owed is stored before it comes
 * here and stays so until the other group has answered; what fails is tried again by the alarm.
 */
export class Courier {
  private readonly env: Env;
  private readonly group: string;
  private readonly turn: RunTurn;
  private readonly waiting = new Set<string>();
  private underWay = 0;

  constructor(env: Env, group: string, turn: RunTurn) {
    this.env = env;
    this.group = group;
    this.turn = turn;
  }

  carry(paths: Iterable<string>): void {
    for (const path of paths) this.waiting.add(path);
    while (this.underWay < AT_ONCE && this.waiting.size > 0) void this.next();
  }

  private async next(): Promise<void> {
    const [path] = this.waiting;
    if (path === undefined) return;
    this.waiting.delete(path);
    this.underWay += 1;
    try {
      await this.deliver(path);
    } catch (error) {
      console.warn(`runlet: what ${path} owes to another group was not delivered; it will be tried again`, error);
    } finally {
      this.underWay -= 1;
      this.carry([]);
    }
  }

  private async deliver(n: string): Promise<void> {
    const owed = this.turn((turn) => ({
      run: turn.run(n),
      sent: turn.sent(n),
      outcome: turn.outcome(n),
      payload: turn.payload(n),
    }));
    const { run, sent, outcome, payload } = owed;
    if (run?.telling !== undefined && run.waiter?.group !== undefined && outcome !== undefined) {
      const { waiter } = run;
      await callGroup(this.env, run.waiter.group, (group) => group.settle(waiter.n, outcome));
      this.turn((turn) => turn.apply(n, { type: "told" }));
      return;
    }
    if (sent?.due === undefined) return;
    const canceled = sent.state === "cancel-owed";
    if (sent.what === "batch") {
      if (canceled) await callGroup(this.env, sent.target, (group) => group.cancelBatch(BATCH_ROOT));
    } else {
      const waiter = sent.awaited ? { waiter: { group: this.group, n } } : {};
      await callGroup(this.env, sent.target, (group) =>
        group.start({
          n: OWN_ROOT,
          task: sent.task,
          payload,
          options: sent.options,
          trigger: sent.awaited ? "triggerAndWait" : "trigger",
          origin: { parentId: sent.parentId, rootId: sent.rootId, depth: sent.depth },
          ...waiter,
          ...(canceled ? { canceled } : {}),
        }),
      );
    }
    this.turn((turn) => delivered(turn, sent));
  }
}

/** Takes the debt off the record, unless it has become another one meanwhile. */
function delivered(turn: Turn, before: Sent): void {
  const now = turn.sent(before.n);
  if (now === undefined || now.state !== before.state) return;
  const { due: _, ...rest } = now;
  turn.put({ kind: "sent", record: { ...rest, state: before.state === "cancel-owed" ? "canceled" : "done" } });
}
