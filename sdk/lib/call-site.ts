interface StackHolder {
  stack?: string;
}

interface StackCapture {
  captureStackTrace?(holder: StackHolder, above: unknown): void;
}

/** Where `callee` was called, as `file:line`; "unknown place" where the runtime does not tell. */
export function callSite(callee: (...parameters: never[]) => unknown): string {
  const { captureStackTrace } = Error as StackCapture;
  if (captureStackTrace === undefined) return framePlace(new Error("callSite").stack, 2);
  const holder: StackHolder = {};
  captureStackTrace(holder, callee);
  return framePlace(holder.stack, 0);
}

/** The place of the frame at `depth` from the top, out of a stack as V8 or as JavaScriptCore and SpiderMonkey write it. */
export function framePlace(stack: string | undefined, depth: number): string {
  const frames = (stack ?? "").split("\n").filter((line) => /^\s+at |@/.test(line));
  const frame = frames[depth];
  const [, place] = /(?:\(|@|at (?:async )?)([^()@]+:\d+):\d+\)?\s*$/.exec(frame ?? "") ?? [];
  return place === undefined ? "unknown place" : place.replace(/^file:\/\//, "").replace(/\?[^:]*(?=:\d+$)/, "");
}
