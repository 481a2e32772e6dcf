import { LineSplitter } from "./line-splitter.ts";
import { LIMITS, runLineSchema, type RunObject } from "./wire.ts";

interface Question {
  readonly id: string;
  readonly answer: (run: RunObject | PromiseLike<RunObject>) => void;
}

/** How runs are asked for. */
export interface RunAsker {
  /** The run, or the error that there is. */
  alone(id: string, waitSeconds: number): Promise<RunObject>;
  /** One line for each run, in any order, as `POST /api/v1/runs/retrieve` answers. */
  together(ids: readonly string[], waitSeconds: number): Promise<Response>;
}

/**
 * Questions after runs. Those that code asks in one turn go together, in one request for up to 100 of them, and each is answered
 * as its answer comes. One that is not answered there, for whatever reason, is asked alone.
 */
export class RunQuestions {
  readonly #asker: RunAsker;
  /** What was asked in this turn, by the seconds to wait. */
  readonly #asked = new Map<number, Question[]>();

  constructor(asker: RunAsker) {
    this.#asker = asker;
  }

  ask(id: string, waitSeconds: number): Promise<RunObject> {
    return new Promise((answer) => {
      const asked = this.#asked.get(waitSeconds);
      if (asked !== undefined) {
        asked.push({ id, answer });
        return;
      }
      this.#asked.set(waitSeconds, [{ id, answer }]);
      // A microtask: whatever else asks in this turn, for all that it was waiting for, does so before.
      queueMicrotask(() => this.#send(waitSeconds));
    });
  }

  #send(waitSeconds: number): void {
    const asked = this.#asked.get(waitSeconds) ?? [];
    this.#asked.delete(waitSeconds);
    for (let from = 0; from < asked.length; from += LIMITS.runsRetrieved) {
      void this.#sendPart(asked.slice(from, from + LIMITS.runsRetrieved), waitSeconds);
    }
  }

  async #sendPart(questions: readonly Question[], waitSeconds: number): Promise<void> {
    const open = new Map<string, Question[]>();
    for (const question of questions) open.set(question.id, [...(open.get(question.id) ?? []), question]);
    if (open.size > 1) await this.#askTogether(open, waitSeconds);
    for (const [id, unanswered] of open) {
      const run = this.#asker.alone(id, waitSeconds);
      for (const { answer } of unanswered) answer(run);
    }
  }

  /** Takes those out of `open` that are answered. */
  async #askTogether(open: Map<string, Question[]>, waitSeconds: number): Promise<void> {
    try {
      const { ok, body } = await this.#asker.together([...open.keys()], waitSeconds);
      if (ok && body !== null) await answerLines(open, body);
      else await body?.cancel();
    } catch {
      // The platform was not reached, or not understood: asked alone, it is tried again, or says what is wrong.
    }
  }
}

async function answerLines(open: Map<string, Question[]>, body: ReadableStream<Uint8Array>): Promise<void> {
  const splitter = new LineSplitter();
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    for (const line of splitter.push(value)) answerLine(open, line);
  }
}

function answerLine(open: Map<string, Question[]>, line: string): void {
  const { id, run } = runLineSchema.parse(JSON.parse(line));
  if (run === undefined) return;
  for (const { answer } of open.get(id) ?? []) answer(run);
  open.delete(id);
}
