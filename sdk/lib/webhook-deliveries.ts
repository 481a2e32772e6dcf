import { RunletApiError, RunletError } from "./errors.ts";
import { readWindow, toList, type WindowFilter } from "./list-filter.ts";
import { listPages, readPosition, type ListPosition, type ListPromise } from "./list-page.ts";
import { makeOnce } from "./make-once.ts";
import { currentSurroundings } from "./pass-context.ts";
import { doorOf } from "./trigger.ts";
import type { DeliveryItem, DeliveryObject, ReplayedDelivery } from "./webhook-wire.ts";

/** Which deliveries `webhooks.deliveries.list` gives. What is left out does not filter. */
export interface DeliveryListFilter extends WindowFilter, ListPosition {
  /** Those of an endpoint, or of several, by their ids. */
  readonly endpoint?: string | readonly string[] | undefined;
  readonly status?: DeliveryItem["status"] | readonly DeliveryItem["status"][] | undefined;
}

/** A delivery, as its id or what has it. */
export type DeliveryReference = string | { readonly id: string };

/**
 * What providers have sent, with what came of it. All throw a `RunletApiError`: 400 for what cannot be used, 404 for an unknown
 * delivery.
 */
export const deliveries = {
  /** Newest first, about a second behind. Awaited, it gives a page; iterated with `for await`, all. */
  list(filter: DeliveryListFilter = {}): ListPromise<DeliveryItem> {
    const { endpoint, status, limit, after, before, ...window } = filter;
    const query = {
      ...readWindow(window, ["endpoint", "status"]),
      ...readPosition({ limit, after, before }),
      ...(endpoint === undefined ? {} : { endpoint: toList(endpoint) }),
      ...(status === undefined ? {} : { status: toList(status) }),
    };
    const door = doorOf(currentSurroundings());
    return listPages((asked) => door.webhooks.listDeliveries(asked), query);
  },

  /** A delivery with its event, headers, and what it did for each subscriber. Kept as long as runs: 30 days after their end. */
  async retrieve(delivery: DeliveryReference): Promise<DeliveryObject> {
    const id = idOf(delivery);
    return doorOf(currentSurroundings()).webhooks.retrieveDelivery(id);
  },

  /**
   * Does a delivery again, as a delivery of its own: a new run for each subscriber whose filter lets it through now, or for
   * `targetId` (the id of a webhook task) alone, past its filter. Inside a task it is done once, however often the code is
   * replayed. Throws a `RunletApiError` 422 (`endpoint_not_declared`) when the code does not have the endpoint any more, 404
   * (`subscriber_not_found`) for a `targetId` that is not subscribed to it.
   */
  async replay(
    delivery: DeliveryReference,
    options: { readonly targetId?: string | undefined } = {},
  ): Promise<ReplayedDelivery> {
    const call = { id: idOf(delivery), ...readOptions(options) };
    return makeOnce("webhooks.deliveries.replay", (door, requestKey) =>
      door.webhooks.replayDelivery({ ...call, requestKey }),
    );
  },
};

function readOptions({ targetId, ...rest }: { readonly targetId?: string | undefined }): {
  readonly targetId?: string;
} {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new RunletApiError(400, "unknown_option", `Option "${unknown}" is unknown: there is targetId.`);
  }
  return targetId === undefined ? {} : { targetId };
}

function idOf(delivery: DeliveryReference): string {
  const id = typeof delivery === "string" ? delivery : delivery?.id;
  if (typeof id === "string" && id.length > 0) return id;
  throw new RunletError("Expected the id of a webhook delivery, or what webhooks.deliveries.list gives.");
}
