import type { BulkActionRequest, BulkDoor } from "../../sdk/lib/door.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { BulkActionObject, BulkActionPage, PageQuery } from "../../sdk/lib/wire.ts";
import { formatBulkId, parseBulkId } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { readBulks } from "../storage/bulk-index.ts";
import { breath } from "./breath.ts";
import type { BulkApi } from "./bulk-api.ts";
import { describeBulk } from "./describe-bulk.ts";
import { insist } from "./insist.ts";
import { endPage, startPage } from "./list-page.ts";
import { planBulk } from "./plan-bulk.ts";

/** Bulk actions from within the Worker. */
export class BulkActions implements BulkDoor {
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  /** A request that is sent again finds the action that the first one made. */
  async create(request: BulkActionRequest): Promise<{ id: string }> {
    const plan = planBulk(this.env, request, Date.now());
    const object = this.env.BULK_ACTION.idFromName(request.requestKey);
    await this.call(object, (bulk) => bulk.create(plan));
    return { id: formatBulkId(object.toString()) };
  }

  async retrieve(id: string): Promise<BulkActionObject> {
    return (await this.call(this.parse(id), (bulk) => bulk.describe())) ?? notFound(id);
  }

  async abort(id: string): Promise<void> {
    if (!(await this.call(this.parse(id), (bulk) => bulk.abort()))) notFound(id);
  }

  /** Newest first. */
  async list(query: PageQuery): Promise<BulkActionPage> {
    const start = startPage(query);
    await breath();
    const { rows, pagination } = endPage(start, await readBulks(this.env.RUN_INDEX, start.part));
    return { data: rows.map(describeBulk), pagination };
  }

  private call<T>(object: DurableObjectId, call: (bulk: BulkApi) => Promise<T>): Promise<T> {
    return insist("The bulk action", () => call(this.env.BULK_ACTION.get(object)));
  }

  /** A made-up id wakes nothing. */
  private parse(id: string): DurableObjectId {
    const object = parseBulkId(id);
    if (object === undefined) return notFound(id);
    try {
      return this.env.BULK_ACTION.idFromString(object);
    } catch {
      return notFound(id);
    }
  }
}

function notFound(id: string): never {
  throw new RunletApiError(404, "bulk_action_not_found", `There is no bulk action "${id}".`);
}
