import { pathOf } from "./path-of.ts";
import { Refusal } from "./refusal.ts";

interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * The one place where errors become answers: what the engine or the routes refused, as they say; faults of the
 * platform that pass by themselves, 503; all else is logged and answered 500 with nothing of what it was.
 */
export function answerError(error: unknown, request: Request): Response {
  const { status, code, message, headers } = describeError(error, request);
  const extra: Record<string, string> = { ...headers };
  // Clients of this API take a 409 for a lock and try again, which no conflict of Runlet is.
  if (status === 409) extra["x-should-retry"] = "false";
  return Response.json({ error: message, code }, { status, headers: extra });
}

/** What is answered to an error. One that nobody has foreseen is logged. */
export function describeError(error: unknown, request: Request): Answer {
  if (error instanceof Refusal) return error;
  if (isApiError(error)) return error;
  if (passesByItself(error)) {
    const message = "The platform is busy or restarting. Try again in a moment.";
    return { status: 503, code: "temporarily_unavailable", message, headers: { "retry-after": "1" } };
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  console.error({ message: "request failed", method: request.method, path: pathOf(request.url), details });
  return {
    status: 500,
    code: "internal_error",
    message: "Something went wrong inside the platform. It has been logged.",
  };
}

/** Told by name and fields: an error that came from a Durable Object has lost its class. */
function isApiError(error: unknown): error is Answer {
  if (!(error instanceof Error) || error.name !== "RunletApiError") return false;
  const { status, code } = error as { status?: unknown; code?: unknown };
  return typeof status === "number" && status >= 400 && status <= 599 && typeof code === "string";
}

const PASSING_DATABASE_FAULT =
  /^D1_ERROR.*(connection lost|overloaded|queued for too long|timed? ?out|\breset\b|starting up)/i;

function passesByItself(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, overloaded } = error as { retryable?: unknown; overloaded?: unknown };
  return retryable === true || overloaded === true || PASSING_DATABASE_FAULT.test(error.message);
}
