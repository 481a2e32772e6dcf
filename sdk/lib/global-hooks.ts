import { RunletError } from "./errors.ts";
import type { Hook, HookName } from "./hooks.ts";

/** A hook, and what it is called in journal keys and messages. */
export interface NamedHook<Name extends HookName> {
  readonly label: string;
  readonly fn: Hook<Name>;
}

const registered: { [Name in HookName]?: NamedHook<Name>[] } = {};

/** The hooks for runs of all tasks, in the order in which they were registered. */
export function globalHooks<Name extends HookName>(name: Name): readonly NamedHook<Name>[] {
  return registered[name] ?? [];
}

/**
 * Registers a hook for runs of all tasks of this Worker: `(fn)`, or `(name, fn)` with a name for keys and messages. A
 * second one of the same name takes the place of the first. Throws a `RunletError` for what is no function.
 */
type Register<Name extends HookName> = (...given: [fn: Hook<Name>] | [name: string, fn: Hook<Name>]) => void;

function registrar<Name extends HookName>(name: Name): Register<Name> {
  return (...given) => {
    const [word, fn] = given.length === 1 ? [undefined, given[0]] : given;
    if (typeof fn !== "function") throw new RunletError(`tasks.${name}() needs a function.`);
    const list: NamedHook<Name>[] = (registered[name] ??= []);
    const hook = { label: `tasks.${name}[${word ?? list.length}]`, fn };
    const known = list.findIndex(({ label }) => label === hook.label);
    if (known < 0) list.push(hook);
    else list[known] = hook;
  };
}

/** The methods of `tasks` that register hooks. */
export const globalHookMethods = {
  middleware: registrar("middleware"),
  onStartAttempt: registrar("onStartAttempt"),
  onSuccess: registrar("onSuccess"),
  onFailure: registrar("onFailure"),
  onComplete: registrar("onComplete"),
  onWait: registrar("onWait"),
  onResume: registrar("onResume"),
  onCancel: registrar("onCancel"),
  catchError: registrar("catchError"),
};
