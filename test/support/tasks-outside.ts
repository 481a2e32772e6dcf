/** What test tasks that act on the world are given: the name of the test's outside, and what to tell it. */
export interface Visit {
  readonly outside: string;
  readonly what: string;
}

export interface Told {
  readonly id: string;
  readonly what: string;
}

/** What the test says to something that it was told: go on, or fail. */
export interface Answer {
  readonly id: string;
  readonly ok: boolean;
}

interface Mailbox {
  told: Told[];
  readonly answers: Map<string, boolean>;
}

/**
 * The self-hosted runtime lets no task reach an address of this machine, so it is the test that comes and asks. All
 * events of a Worker share one isolate, and with it this map; each of them looks at it by a timer of its own, since an
 * event may not wake another.
 */
const mailboxes = new Map<string, Mailbox>();
const LOOK_MS = 5;
const LONGEST_WAIT_MS = 2_000;

/**
 * Tells the test what the task does, and goes on when the test answers: it may hold the answer. Throws when the test
 * refuses, so that it can make a task fail as often as it likes, and when `signal` is aborted.
 */
export async function tell(outside: string, what: string, signal?: AbortSignal): Promise<void> {
  const { told, answers } = mailboxOf(outside);
  const id = crypto.randomUUID();
  told.push({ id, what });
  for (;;) {
    const ok = answers.get(id);
    if (ok === undefined) {
      signal?.throwIfAborted();
      await pause();
      continue;
    }
    answers.delete(id);
    if (ok) return;
    throw new Error(`"${what}" was refused`);
  }
}

/**
 * The route that the test asks: `POST /outside/<name>?wait=<ms>` brings answers and takes what was told since, after
 * `wait` at the latest.
 */
export async function serveOutside(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const [, route, name] = url.pathname.split("/");
  if (route !== "outside" || name === undefined) return new Response("no such route", { status: 404 });
  const box = mailboxOf(name);
  for (const { id, ok } of await request.json<Answer[]>()) box.answers.set(id, ok);
  const until = Date.now() + Math.min(LONGEST_WAIT_MS, Number(url.searchParams.get("wait")));
  while (box.told.length === 0 && Date.now() < until) await pause();
  return Response.json(box.told.splice(0));
}

function mailboxOf(name: string): Mailbox {
  const known = mailboxes.get(name);
  if (known !== undefined) return known;
  const made: Mailbox = { told: [], answers: new Map() };
  mailboxes.set(name, made);
  return made;
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
