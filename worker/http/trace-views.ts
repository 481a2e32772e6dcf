import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { RunTrace, TraceSpan } from "../../sdk/lib/event-wire.ts";
import { invalidField } from "./refusal.ts";

const MOST_SPANS = 10_000;

/** A span in a page: without what belongs to it. */
interface PageSpan extends Pick<TraceSpan, "id" | "parentId" | "runId"> {
  readonly message: string;
  readonly startTime: Date;
  readonly duration: number;
  readonly isError: boolean;
  readonly isPartial: boolean;
  readonly isCancelled: boolean;
  readonly level: string;
  readonly attemptNumber?: number;
}

export interface TracePage {
  readonly data: readonly PageSpan[];
  readonly attemptFailures: readonly {
    readonly spanId: string;
    readonly attemptNumber: number;
    readonly runId: string;
  }[];
  /** `truncated`: the trace has more spans than are shown. */
  readonly pagination: { readonly next?: string; readonly truncated?: true };
}

/**
 * A part of a trace as a list, each span behind the one that it belongs to. The cursor is the last span's id. Throws a
 * `RunletApiError` (400) for a cursor or size that cannot be.
 */
export function tracePage(trace: RunTrace, parameters: URLSearchParams): TracePage {
  const size = parameters.get("page[size]") ?? String(MOST_SPANS);
  const limit = /^\d{1,5}$/.test(size) ? Number(size) : 0;
  if (limit < 1 || limit > MOST_SPANS) throw invalidField("page[size]", `a whole number from 1 to ${MOST_SPANS}`);
  const spans = [...flat(trace.rootSpan)];
  const after = parameters.get("page[after]");
  const start = after === null ? 0 : spans.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) {
    throw new RunletApiError(400, "invalid_cursor", "page[after] is not a cursor that a page of this trace has given.");
  }
  const page = spans.slice(start, start + limit);
  const last = page.at(-1);
  const hasMore = start + limit < spans.length;
  const isTruncated = !hasMore && trace.rootSpan.data.properties?.["truncated"] === true;
  return {
    data: page.map(leanSpan),
    attemptFailures: page.flatMap((span) => {
      const attemptNumber = attemptOf(span);
      if (attemptNumber === undefined || !span.data.isError) return [];
      return [{ spanId: span.id, attemptNumber, runId: span.runId }];
    }),
    pagination: {
      ...(hasMore && last !== undefined ? { next: last.id } : {}),
      ...(isTruncated ? { truncated: true } : {}),
    },
  };
}

/** One span of a trace in full, by its id or that encoded. Throws a `RunletApiError` (404) for one that is not there. */
export function traceSpan({ rootSpan }: RunTrace, spanId: string) {
  for (const { id, parentId, runId, data } of flat(rootSpan)) {
    if (id !== spanId && encodeURIComponent(id) !== spanId) continue;
    const { duration, taskSlug: _, ...shown } = data;
    return { spanId: id, parentId: parentId ?? null, runId, ...shown, durationMs: duration };
  }
  throw new RunletApiError(404, "span_not_found", `The trace of the run has no span "${spanId}".`);
}

function* flat(span: TraceSpan): Generator<TraceSpan> {
  yield span;
  for (const child of span.children) yield* flat(child);
}

function leanSpan(span: TraceSpan): PageSpan {
  const { message, startTime, duration, isError, isPartial, isCancelled, level } = span.data;
  const attemptNumber = attemptOf(span);
  return {
    id: span.id,
    ...(span.parentId === undefined ? {} : { parentId: span.parentId }),
    runId: span.runId,
    ...{ message, startTime, duration, isError, isPartial, isCancelled, level },
    ...(attemptNumber === undefined ? {} : { attemptNumber }),
  };
}

/** Which attempt a span is; undefined for one that is none. */
function attemptOf({ data }: TraceSpan): number | undefined {
  const attempt = data.properties?.["attempt"];
  return typeof attempt === "number" && data.level === "TRACE" ? attempt : undefined;
}
