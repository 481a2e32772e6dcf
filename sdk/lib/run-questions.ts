import { RunletApiError } from "./errors.ts";
import { LineSplitter } from "./line-splitter.ts";
import { LIMITS, runLineSchema, type RunObject } from "./wire.ts";

interface Question {
  readonly id: string;
  readonly answer: (run: RunObject | PromiseLike<RunObject>) => void;
}

/** Those that are not answered yet, by the id of their run. */
type Open = Map<string, Question[]>;

/** How runs are asked for. Both reject with what keeps the platform from answering. */
export interface RunAsker {
  alone(id: string, waitSeconds: number): Promise<RunObject>;
  /** One line for each run, in any order, as `POST /api/v1/runs/retrieve` answers. */
  together(ids: readonly string[], waitSeconds: number): Promise<ReadableStream<Uint8Array> | null>;
}

/**
 * Questions after runs. Those that code asks in one turn go together, in one request for up to 100 of them, and each is answered
 * as its answer comes. One that is not answered there is asked alone.
 */
export class RunQuestions {
  readonly #asker: RunAsker;
  /** What was asked in this turn, by the seconds to wait. */
  readonly #asked = new Map<number, Question[]>();
  /** The platform is of a time when there was no such route. */
  #isOld = false;

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
      // Code that goes on together, for all that it was waiting for, has asked by then.
      void Promise.resolve().then(() => this.#send(waitSeconds));
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
    const open: Open = new Map();
    for (const question of questions) open.set(question.id, [...(open.get(question.id) ?? []), question]);
    if (open.size > 1 && !this.#isOld) await this.#askTogether(open, waitSeconds);
    for (const id of open.keys()) this.#askAlone(open, id, waitSeconds);
  }

  #askAlone(open: Open, id: string, waitSeconds: number): void {
    answerAll(open, id, this.#asker.alone(id, waitSeconds));
  }

  /** Takes those out of `open` that are answered, or asked alone. */
  async #askTogether(open: Open, waitSeconds: number): Promise<void> {
    try {
      const body = await this.#asker.together([...open.keys()], waitSeconds);
      if (body !== null) await this.#answerLines(open, body, waitSeconds);
    } catch (error) {
      if (isUnknownRoute(error)) this.#isOld = true;
      else for (const id of open.keys()) answerAll(open, id, Promise.reject(error));
    }
  }

  async #answerLines(open: Open, body: ReadableStream<Uint8Array>, waitSeconds: number): Promise<void> {
    const splitter = new LineSplitter();
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        for (const line of done ? [splitter.end()] : splitter.push(value)) {
          if (line !== "") this.#answerLine(open, line, waitSeconds);
        }
        if (done) return;
      }
    } catch {
      // Broken off, or not understood: what is left open is asked alone.
      await reader.cancel().catch(() => undefined);
    }
  }

  /** A line without a run is of one that has to be asked for alone, or of an error that this tells. */
  #answerLine(open: Open, line: string, waitSeconds: number): void {
    const { id, run } = runLineSchema.parse(JSON.parse(line));
    if (run === undefined) this.#askAlone(open, id, waitSeconds);
    else answerAll(open, id, run);
  }
}

/** Answers all questions after a run, each with an object of its own, which code may change. */
function answerAll(open: Open, id: string, run: RunObject | Promise<RunObject>): void {
  const [first, ...others] = open.get(id) ?? [];
  open.delete(id);
  first?.answer(run);
  for (const { answer } of others) answer(Promise.resolve(run).then((found) => structuredClone(found)));
}

function isUnknownRoute(error: unknown): boolean {
  return error instanceof RunletApiError && (error.status === 404 || error.status === 405);
}
