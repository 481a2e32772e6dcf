/**
 * A Worker that was there before, a shop, which has become a Runlet deployment: its default export is made by
 * `createWorker`, and it exports Runlet's classes. Its routes are as they were; they trigger tasks and look at runs
 * without HTTP and without a key.
 */
import { runs, RunletApiError } from "runlet";
import { createWorker, type Env } from "runlet/worker";
import { fulfilOrder, packItem, type Order } from "./tasks.ts";

export {
  BulkAction,
  IndexGatherer,
  PacketHold,
  PassRunner,
  QueueKeeper,
  RunGroup,
  ScheduleKeeper,
  ScheduleRoster,
  WebhookDesk,
} from "runlet/worker";

interface ShopEnv extends Env {
  readonly SHOP_NAME: string;
}

export default createWorker<ShopEnv>({ tasks: [fulfilOrder, packItem], fetch: serveShop });

async function serveShop(request: Request, env: ShopEnv): Promise<Response> {
  const [, section, id] = new URL(request.url).pathname.split("/");
  switch (`${request.method} ${section}`) {
    case "GET ":
      return new Response(`Welcome to ${env.SHOP_NAME}`);
    case "GET health":
      return new Response("The shop is open");
    case "POST orders":
      return takeOrder(await request.json<Order>());
    case "GET orders":
      return showOrder(id ?? "");
    default:
      return new Response("The shop has no such page", { status: 404 });
  }
}

async function takeOrder(order: Order): Promise<Response> {
  const { id } = await fulfilOrder.trigger(order, { tags: `customer ${order.customer}` });
  return Response.json({ id }, { status: 202 });
}

async function showOrder(id: string): Promise<Response> {
  try {
    const { status, output } = await runs.retrieve<typeof fulfilOrder>(id);
    return Response.json(
      output === undefined ? { status } : { status, parcel: output.parcel, receipt: output.receipt },
    );
  } catch (error) {
    if (error instanceof RunletApiError && error.status === 404) return new Response("No such order", { status: 404 });
    throw error;
  }
}
