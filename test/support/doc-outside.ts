/** What the tasks of the documents have asked of the outside, as paths, in order. All events share one isolate. */
const asked: string[] = [];
const fetchForReal = globalThis.fetch;

/**
 * Stands in for the servers that the tasks of the documents call, at any address below https://outside.test, since the
 * runtime lets no task reach an address of this machine. The first answer to a path differs from the second one where
 * the document says so.
 */
globalThis.fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.hostname !== "outside.test") return fetchForReal(input, init);
  const path = decodeURIComponent(url.pathname).slice(1);
  asked.push(path);
  const isFirst = asked.filter((one) => one === path).length === 1;
  if (path.endsWith("/never")) return never(init?.signal ?? undefined);
  // As long as a request takes: longer than it takes a pass to end.
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (path.endsWith("/courier")) return new Response(null, { status: isFirst ? 503 : 200 });
  if (path.endsWith("/flag")) return new Response(isFirst ? "on" : "off");
  if (path.endsWith("/names")) return new Response(isFirst ? "Ada,Grace" : "Grace,Ada");
  return new Response("ok");
};

function never(signal: AbortSignal | undefined): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason));
  });
}

/** The route by which the test reads what was asked. */
export function serveAsked(): Response {
  return Response.json(asked);
}
