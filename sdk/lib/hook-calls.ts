import { CancelScope } from "./cancel-scope.ts";
import type { TaskDefinition } from "./definition.ts";
import type { Door } from "./door.ts";
import { asError } from "./errors.ts";
import { globalHooks, type NamedHook } from "./global-hooks.ts";
import type { HookExtras, HookName, HookParameters } from "./hooks.ts";
import { HookScope } from "./hook-scope.ts";
import type { Claim } from "./journal.ts";
import { encodeLogFields } from "./log-fields.ts";
import { runInside } from "./pass-context.ts";
import type { Pass } from "./pass.ts";

type Extras = HookExtras<unknown>;

/** The hooks of one pass, global ones before the task's own: each is called in a scope of its own. */
export class HookCalls {
  private readonly definition: TaskDefinition;
  private readonly claim: Claim;
  private readonly pass: Pass;
  private readonly outer: Door;
  private payload: unknown;
  private isParsed = false;

  constructor(definition: TaskDefinition, claim: Claim, pass: Pass, outer: Door) {
    this.definition = definition;
    this.claim = claim;
    this.pass = pass;
    this.outer = outer;
  }

  /** Until it is told that the payload is `isParsed`, only global hooks are called: those of the task expect its type. */
  setPayload(payload: unknown, isParsed: boolean): void {
    this.payload = payload;
    this.isParsed = isParsed;
  }

  list<Name extends HookName>(name: Name): readonly NamedHook<Name>[] {
    const fn = this.isParsed ? this.definition.hooks?.[name] : undefined;
    // A hook is kept under its name only.
    return fn === undefined ? globalHooks(name) : [...globalHooks(name), { label: name, fn } as NamedHook<Name>];
  }

  /** Calls one hook, and gives or throws what it does. */
  async call<Name extends HookName>(name: Name, { label, fn }: NamedHook<Name>, extras: Extras[Name]) {
    const { pass, outer, payload } = this;
    const id = `${label}${this.instanceOf(name)}`;
    const scope =
      name === "onCancel" ? new CancelScope(pass, id, outer) : new HookScope(pass, id, name === "middleware");
    const parameters: HookParameters = { payload, ctx: pass.ctx, signal: pass.signal, task: this.definition.id };
    return runInside(scope, async () => fn({ ...parameters, ...extras }), outer);
  }

  /** Calls them one after the other; the first that throws is the last. */
  async insist<Name extends HookName>(name: Name, extras: Extras[Name]): Promise<void> {
    for (const hook of this.list(name)) await this.call(name, hook, extras);
  }

  /** Calls them one after the other. What they throw is logged with the run. */
  async tell<Name extends HookName>(name: Name, extras: Extras[Name]): Promise<void> {
    for (const hook of this.list(name)) await this.callSafely(name, hook, extras);
  }

  /** The answer of the first that gives one. */
  async ask(extras: Extras["catchError"]) {
    for (const hook of this.list("catchError")) {
      const answer = await this.callSafely("catchError", hook, extras);
      if (answer) return answer;
    }
    return undefined;
  }

  private async callSafely<Name extends HookName>(name: Name, hook: NamedHook<Name>, extras: Extras[Name]) {
    try {
      return await this.call(name, hook, extras);
    } catch (error) {
      this.warn(`The hook ${hook.label} failed`, error);
      return undefined;
    }
  }

  /** Logs with the run what went wrong, though the run goes on. */
  warn(what: string, error: unknown): void {
    const message = `${what}: ${asError(error).message}`;
    this.pass.logs.add({ level: "warn", message, fields: encodeLogFields({ error }) }, true);
  }

  /**
   * What a hook announces comes once in a run, once in an attempt, or once in a pass; so do the things that it does
   * once. Middleware announces nothing: its steps are remembered like those of the task.
   */
  private instanceOf(name: HookName): string {
    switch (name) {
      case "onStartAttempt":
      case "catchError":
        return `@${this.claim.attempt}`;
      case "onWait":
      case "onResume":
        return `@${this.claim.attempt}.${this.claim.epoch}`;
      default:
        return "";
    }
  }
}
