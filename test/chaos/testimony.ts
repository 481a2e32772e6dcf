/** What the outside was told of side effects: which were carried out, and which results code has seen. */
export class Testimony {
  readonly #ran = new Map<string, Set<string>>();
  readonly #saw = new Map<string, Set<string>>();
  readonly #got = new Map<string, Set<string>>();
  readonly #late: string[] = [];

  constructor(told: readonly string[]) {
    const books = { ran: this.#ran, saw: this.#saw, got: this.#got };
    for (const what of told) {
      const [verb = "", ...rest] = what.split(" ");
      const token = rest.pop() ?? "";
      if (!isVerb(verb)) continue;
      const book = books[verb];
      const name = rest.join(" ");
      if (verb === "ran" && this.#saw.has(name)) this.#late.push(name);
      book.set(name, (book.get(name) ?? new Set()).add(token));
    }
  }

  /** The results of a step that code came past, each once. */
  seen(name: string): string[] {
    return [...(this.#saw.get(name) ?? [])];
  }

  /** The results of a batch that its parent went on with, each once. */
  got(name: string): string[] {
    return [...(this.#got.get(name) ?? [])];
  }

  /** Executions of steps whose results nobody has seen: the runtime died before they were recorded. */
  get repeats(): number {
    let all = 0;
    for (const tokens of this.#ran.values()) all += tokens.size;
    return all - this.#ran.size;
  }

  /** How many steps have run of those whose name `is` one of these, and of how many the results were seen. */
  count(is: (name: string) => boolean): { readonly ran: number; readonly seen: number } {
    const size = (book: ReadonlyMap<string, unknown>): number => [...book.keys()].filter(is).length;
    return { ran: size(this.#ran), seen: size(this.#saw) };
  }

  /** What was done again although it was recorded: steps seen with two results, and those that ran after they were seen. */
  get broken(): readonly string[] {
    return [...[...this.#saw].flatMap(([name, tokens]) => (tokens.size === 1 ? [] : [name])), ...this.#late];
  }
}

function isVerb(verb: string): verb is "ran" | "saw" | "got" {
  return verb === "ran" || verb === "saw" || verb === "got";
}
