import { describe, expectTypeOf, test } from "vitest";
import {
  webhook,
  webhooks,
  type TaskOutput,
  type TaskPayload,
  type WebhookFilterParameters,
  type WebhookSource,
  type WebhookTaskPayload,
} from "../../sdk/index.ts";

interface Created {
  readonly type: "created";
  readonly id: string;
}
interface Paid {
  readonly type: "paid";
  readonly total: number;
}
type OrderEvent = Created | Paid;

declare const source: WebhookSource<OrderEvent>;
const endpoint = webhooks.endpoint.define({ id: "orders", source });

describe("webhook", () => {
  test("infers its event from the source of its endpoint", () => {
    const all = webhook({
      id: "all",
      endpoint,
      filter: ({ event, headers }) => {
        expectTypeOf(event).toEqualTypeOf<OrderEvent>();
        expectTypeOf(headers).toEqualTypeOf<Headers>();
        return event.type === "paid";
      },
      onEvent: ({ event, headers, signal }) => {
        expectTypeOf(event).toEqualTypeOf<OrderEvent>();
        expectTypeOf(headers).toEqualTypeOf<Headers>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      },
      onSuccess: ({ payload }) => {
        expectTypeOf(payload).toEqualTypeOf<WebhookTaskPayload<OrderEvent>>();
      },
    });
    expectTypeOf(all.id).toEqualTypeOf<"all">();
    expectTypeOf<TaskPayload<typeof all>>().toEqualTypeOf<WebhookTaskPayload<OrderEvent>>();
    expectTypeOf<TaskOutput<typeof all>>().toEqualTypeOf<void>();
    all.trigger({ event: { type: "paid", total: 1 } });
    // @ts-expect-error no such event
    all.trigger({ event: { type: "lost" } });
  });

  test("narrows its event by a filter that is a type guard", () => {
    const paid = webhook({
      id: "paid",
      endpoint,
      filter: (delivery): delivery is WebhookFilterParameters<Paid> => delivery.event.type === "paid",
      onEvent: ({ event }) => {
        expectTypeOf(event).toEqualTypeOf<Paid>();
      },
    });
    expectTypeOf<TaskPayload<typeof paid>>().toEqualTypeOf<WebhookTaskPayload<Paid>>();
  });

  test("needs no filter", () => {
    webhook({
      id: "plain",
      endpoint,
      onEvent: async ({ event }) => {
        expectTypeOf(event).toEqualTypeOf<OrderEvent>();
      },
    });
  });
});
