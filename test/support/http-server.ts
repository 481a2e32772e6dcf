import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A request as a test's server has seen it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What to answer. `hangUp` breaks the connection instead. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly hangUp?: boolean;
}

/** A real HTTP server on a free port of this machine, and what it has seen. */
export interface TestServer {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** Serves what `answer` gives; `nth` counts the requests from 0. Text bodies go out as they are, others as JSON. */
export function serve(answer: (request: SeenRequest, nth: number) => Answer | Promise<Answer>): Promise<TestServer> {
  const seen: SeenRequest[] = [];
  return serveRaw(async (request, response) => {
    const { method = "", url = "", headers } = request;
    const nth = seen.push({ method, url, headers, body: await readText(request) }) - 1;
    const { status = 200, headers: extra = {}, body, hangUp } = await answer(seen[nth] as SeenRequest, nth);
    if (hangUp) return void request.socket.destroy();
    response.writeHead(status, { "content-type": "application/json", ...extra });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  }, seen);
}

/** Serves with the request and response of Node, for tests that look at how bodies flow. */
export async function serveRaw(
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
  seen: SeenRequest[] = [],
): Promise<TestServer> {
  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${portOf(server)}`, seen, close: () => closeServer(server) };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return address.port;
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
