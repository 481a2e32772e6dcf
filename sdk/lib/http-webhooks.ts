import type { z } from "zod";
import type { WebhookDoor } from "./door.ts";
import { OutsideTaskError } from "./errors.ts";
import { writeDeliveryQuery } from "./list-query.ts";
import {
  deliveryObjectSchema,
  deliveryPageSchema,
  endpointListSchema,
  endpointObjectSchema,
  replayDeliveryAnswerSchema,
} from "./webhook-wire.ts";

const PATH = "/api/v1/webhooks";

/** The calls that a door over HTTP makes. */
export interface HttpCalls {
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** A POST without body, made once however often it is sent. */
  post<T>(path: string, schema: z.ZodType<T>, requestKey: string): Promise<T>;
}

/** Webhooks over HTTP. */
export function httpWebhooks({ get, post }: HttpCalls): WebhookDoor {
  return {
    listDeliveries: (query) => get(`${PATH}/deliveries${writeDeliveryQuery(query)}`, deliveryPageSchema),
    retrieveDelivery: (id) => get(`${PATH}/deliveries/${encodeURIComponent(id)}`, deliveryObjectSchema),
    replayDelivery: ({ id, targetId, requestKey }) => {
      const target = targetId === undefined ? "" : `?targetId=${encodeURIComponent(targetId)}`;
      const path = `${PATH}/deliveries/${encodeURIComponent(id)}/replay${target}`;
      return post(path, replayDeliveryAnswerSchema, requestKey);
    },
    createWaiter: () =>
      Promise.reject(new OutsideTaskError("wait.forWebhook() works only inside a task's run function.")),
    listEndpoints: () => get(`${PATH}/endpoints`, endpointListSchema),
    retrieveEndpoint: (id) => get(`${PATH}/endpoints/${encodeURIComponent(id)}`, endpointObjectSchema),
  };
}
