import { admitRun } from "../engine/admit-runs.ts";
import type { Admission, Admitted } from "../engine/admission.ts";
import type { Turn } from "../engine/turn.ts";

interface Arrival {
  readonly admission: Admission;
  readonly resolve: (result: Admitted) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes the triggers that arrive in one round of the event loop in one turn: one commit and one dispatch for all of
 * them. Alone, a trigger waits for some microseconds; under load it saves most of the commits.
 */
export class Arrivals {
  private readonly turn: <T>(verb: (turn: Turn) => T) => T;
  private waiting: Arrival[] = [];

  constructor(turn: <T>(verb: (turn: Turn) => T) => T) {
    this.turn = turn;
  }

  admit(admission: Admission): Promise<Admitted> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ admission, resolve, reject });
      if (this.waiting.length === 1) setTimeout(() => this.take(), 0);
    });
  }

  private take(): void {
    const arrivals = this.waiting;
    this.waiting = [];
    try {
      const results = this.turn((turn) =>
        arrivals.map((arrival) => ({ arrival, result: admitRun(turn, arrival.admission) })),
      );
      for (const { arrival, result } of results) arrival.resolve(result);
    } catch (error) {
      for (const arrival of arrivals) arrival.reject(error);
    }
  }
}
