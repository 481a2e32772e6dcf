import { BATCH_ROOT, OWN_ROOT, splitPath } from "../core/address.ts";
import type { Sent, Waiting } from "../core/entry.ts";
import { encodeGroup, formatId, parseId } from "../core/ids.ts";
import type { Run, TriggerFunction } from "../core/run.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import { settleFar } from "../engine/wake-group.ts";
import { callGroup } from "../engine/call-group.ts";
import { tellSchedule } from "../engine/call-schedule.ts";
import { isShared, requestOf } from "../engine/request-of.ts";
import type { Turn } from "../engine/turn.ts";
import type { Env } from "../env.ts";
import { carryLetter } from "./letter-carrier.ts";

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
    const entry = this.turn((turn) => turn.get(n));
    switch (entry?.kind) {
      case "run":
        return this.tell(entry.record);
      case "waiting":
        return this.tellWaiting(entry.record);
      case "sent":
        return this.send(entry.record);
      case "letter":
        return carryLetter(this.env, this.turn, n);
      default:
        return;
    }
  }

  /** Tells the one that a run far from it was made for. */
  private async tell({ n, telling, waiter }: Run): Promise<void> {
    const outcome = this.turn((turn) => turn.outcome(n));
    if (telling === undefined || waiter?.group === undefined || outcome === undefined) return;
    if (waiter.isSchedule === true) await tellSchedule(this.env, waiter.group, Number(waiter.n));
    else await callGroup(this.env, waiter.group, (group) => group.settle(waiter.n, outcome));
    this.turn((turn) => turn.apply(n, { type: "told" }));
  }

  /** Tells one of those who wait for a run with a key. */
  private async tellWaiting(waiting: Waiting): Promise<void> {
    const { parent } = splitPath(waiting.n);
    const found = this.turn((turn) => ({
      outcome: turn.outcome(parent),
      id: formatId(turn.token(parent) === undefined ? "run" : "waitpoint", turn.groupShort, parent),
    }));
    const { outcome, id } = found;
    if (waiting.due === undefined || outcome === undefined) return;
    await callGroup(this.env, waiting.group, (group) => group.settle(waiting.path, outcome, id));
    const { due: _, ...told } = waiting;
    this.turn((turn) => turn.put({ kind: "waiting", record: told }));
  }

  /** Asks the group of a token to tell of its end. One that is not there will have none. */
  private async askToken(sent: Sent): Promise<void> {
    const path = parseId("waitpoint", sent.id)?.n;
    const isThere =
      path !== undefined &&
      (await callGroup(this.env, sent.target, (group) => group.awaitToken(path, this.group, sent.n)).catch(
        unlessUnknown,
      ));
    if (isThere) {
      this.turn((turn) => delivered(turn, sent));
      return;
    }
    const error = { name: "TokenNotFoundError", message: `There is no token "${sent.id}".` };
    this.turn((turn) => settleFar(turn, sent.n, { ok: false, error }));
  }

  private async send(sent: Sent): Promise<void> {
    if (sent.due === undefined) return;
    const canceled = sent.state === "cancel-owed";
    const arrived = sent.arrived === true;
    if (sent.what === "batch") {
      if (canceled) await callGroup(this.env, sent.target, (group) => group.cancelBatch(batchPath(sent.id), arrived));
      this.turn((turn) => delivered(turn, sent));
      return;
    }
    if (sent.what === "token") return this.askToken(sent);
    const { n, target, task, options, parentId, rootId, depth, awaited } = sent;
    const payload = this.turn((turn) => turn.payload(n));
    const origin = parentId === undefined || rootId === undefined ? {} : { origin: { parentId, rootId, depth } };
    const admitted = await callGroup(this.env, target, (group) =>
      group.start({
        ...{ n: OWN_ROOT, task, payload, options, ...origin, trigger: triggerOf(sent) },
        ...(isShared(options) ? { request: requestOf(this.group, n) } : {}),
        ...(awaited ? { waiter: { group: this.group, n } } : {}),
        ...(canceled ? { canceled, arrived } : {}),
      }),
    );
    this.turn((turn) => delivered(turn, sent, formatId("run", encodeGroup(target), admitted.n)));
  }
}

/** An id of another deployment, say: asking again would not help. */
function unlessUnknown(error: unknown): false {
  if (error instanceof RunletApiError && error.status === 404) return false;
  throw error;
}

function triggerOf({ awaited, key }: Sent): TriggerFunction {
  // What a run waits for has a key in its journal, an item of a batch has none.
  if (key === "") return "batchTrigger";
  return awaited ? "triggerAndWait" : "trigger";
}

function batchPath(id: string): string {
  return parseId("batch", id)?.n ?? BATCH_ROOT;
}

/** Takes the debt off the record, unless it has become another one meanwhile. `id` is that of the run that came of it. */
function delivered(turn: Turn, before: Sent, id = before.id): void {
  const now = turn.sent(before.n);
  if (now === undefined || now.state !== before.state) return;
  const { due: _, ...rest } = now;
  turn.put({ kind: "sent", record: { ...rest, id, state: before.state === "cancel-owed" ? "canceled" : "done" } });
}
