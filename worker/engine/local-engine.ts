import type { BatchItemRequest, CreateBatchRequest, CreateTokenRequest } from "../../sdk/lib/door.ts";
import type { EventPage, RunTrace } from "../../sdk/lib/event-wire.ts";
import { RunletApiError } from "../../sdk/lib/errors.ts";
import type { Metadata } from "../../sdk/lib/metadata-operation.ts";
import {
  runObjectSchema,
  type BatchObject,
  type ListRunsQuery,
  type ListTokensQuery,
  type LogPage,
  type RunObject,
  type RunPage,
  type TokenObject,
  type TokenPage,
} from "../../sdk/lib/wire.ts";
import type { Packet } from "../../sdk/lib/packet.ts";
import { encodeGroup, formatId, type Location } from "../core/ids.ts";
import type { Env } from "../env.ts";
import { BulkActions } from "./bulk-actions.ts";
import type { Cancellation } from "./cancel-run.ts";
import type { MetadataRequest } from "./change-metadata.ts";
import { callGroup, unwrapAnswer } from "./call-group.ts";
import type { Admission, Admitted } from "./admission.ts";
import { addItems, type AddedItems } from "./add-items.ts";
import type { Engine, HeldItem, HeldReplay, HeldTrigger } from "./engine.ts";
import { callbackHash, isCallbackHash } from "./callback-hash.ts";
import { OWN_ROOT, TOKEN_ROOT } from "../core/address.ts";
import { FarGroups } from "./far-groups.ts";
import { HeldPackets, packetGone, type Payload } from "./held-packets.ts";
import type { Origin } from "./new-run.ts";
import { listRuns } from "./list-runs.ts";
import { listTokens } from "./list-tokens.ts";
import { placeBatch, placeBatchKey, placeTrigger, tokenGroupName, type Placement } from "./place-trigger.ts";
import { notFound, placeOf } from "./place-of.ts";
import { Queues } from "./queues.ts";
import { planReplay } from "./replay-run.ts";
import { publicUrl } from "./public-url.ts";
import type { Registry } from "./registry.ts";
import { readRun, readRuns, type Reading } from "./read-runs.ts";
import { addRunTags, changeRunMetadata, readRunMetadata } from "./run-notes.ts";
import { readRunEvents, readRunLogs, readRunTrace } from "./run-history.ts";
import { Webhooks } from "./webhooks.ts";
import { checkKey, checkRunCount } from "./check-request.ts";
import { Schedules } from "./schedules.ts";
import type { TickRun } from "./tick-run.ts";

/** The platform from within its Worker: every trigger, whatever it came from, goes through here. */
export class LocalEngine implements Engine {
  readonly bulk: BulkActions;
  readonly queues: Queues;
  readonly webhooks: Webhooks;
  readonly schedules: Schedules;
  private readonly env: Env;
  private readonly registry: Registry;
  private readonly continent: string;
  private readonly asPackets: boolean;
  private readonly packets: HeldPackets;
  private readonly far: FarGroups;
  private readonly askedAt: string | undefined;

  /**
   * `asPackets`: runs are retrieved with their values as packets, for callers with superjson. `askedAt`: the URL with
   * which this Worker was asked, for addresses that are given out.
   */
  constructor(env: Env, registry: Registry, continent: string, asPackets: boolean, askedAt?: string) {
    this.env = env;
    this.registry = registry;
    this.continent = continent;
    this.asPackets = asPackets;
    this.packets = new HeldPackets(env);
    this.far = new FarGroups(env);
    this.bulk = new BulkActions(env);
    this.queues = new Queues(env, registry.queues);
    this.webhooks = new Webhooks(env, registry, askedAt);
    this.schedules = new Schedules(env, registry);
    this.askedAt = askedAt;
  }

  async trigger({ task, payload, options, requestKey }: HeldTrigger): Promise<{ id: string; isCached: boolean }> {
    const resolved = this.registry.resolve(task, options);
    const what = { task, options: resolved, trigger: "trigger" } as const;
    const { id, isCached } = await this.place(what, payload, checkKey(requestKey));
    return { id, isCached };
  }

  /** Has the run of a tick made, unless it is there. */
  async startTick({ task, name, payload, ...tick }: TickRun): Promise<void> {
    const options = this.registry.resolve(task, {});
    await this.start(
      this.locate({ name, n: OWN_ROOT }).group,
      { task, options, n: OWN_ROOT, trigger: "trigger", ...tick },
      payload,
    );
  }

  /** Has the run made where it belongs: by its key, or else by its request. */
  private async place(
    what: Omit<Admission, "n" | "payload">,
    payload: Payload,
    request: string,
  ): Promise<Omit<Admitted, "n"> & { id: string }> {
    const { task, options } = what;
    const shared = this.far.shared(task, options);
    if (shared !== undefined) {
      const { target } = shared;
      const { n, ...found } = await this.start(target, { ...what, n: OWN_ROOT, request }, payload);
      return { ...found, id: formatId("run", encodeGroup(target), n) };
    }
    const { group, n } = this.locate(placeTrigger(request, this.continent, options.delay));
    const found = await this.start(group, { ...what, n }, payload);
    // A request that was sent again has found its own run: that is no cache hit.
    return { ...found, id: formatId("run", encodeGroup(group), n), isCached: false };
  }

  /** A request that is sent again when its payload is gone finds its run. */
  private async start(group: string, admission: Omit<Admission, "payload">, payload: Payload): Promise<Admitted> {
    const packet = await this.packets.open(payload);
    return callGroup(this.env, group, async (stub) => {
      if (packet !== undefined) return stub.start({ ...admission, payload: packet });
      const { n, options, request = "" } = admission;
      return (await stub.find({ n, options, request })) ?? packetGone();
    });
  }

  async createPacket(): Promise<{ presignedUrl: string; storagePath: string }> {
    const storagePath = await this.packets.newAddress();
    return { presignedUrl: `${publicUrl(this.env, this.askedAt)}/api/v2/packets/${storagePath}/body`, storagePath };
  }

  storePacket(address: string, packet: Packet): Promise<void> {
    return this.packets.put(address, packet);
  }

  async createBatch({
    runCount,
    requestKey,
    idempotencyKey,
    idempotencyKeyTTL,
  }: CreateBatchRequest): Promise<{ id: string; runCount: number; isCached: boolean }> {
    checkRunCount(runCount);
    const request = checkKey(requestKey);
    const ttl = idempotencyKeyTTL === undefined ? {} : { idempotencyKeyTTL };
    const keyed = idempotencyKey === undefined ? {} : { keyed: { idempotencyKey, request, ...ttl } };
    const placement = idempotencyKey === undefined ? placeBatch(request) : placeBatchKey(idempotencyKey);
    const { group, n } = this.locate(placement);
    // A request sent again finds the batch as it was created first. It may be anywhere on its way: the items are sent again
    // too, and those that are there are counted.
    const batch = await callGroup(this.env, group, (stub) => stub.createBatch({ n, runCount, ...keyed }));
    const { isCached } = batch;
    return { id: formatId("batch", encodeGroup(group), batch.n), runCount: batch.runCount, isCached };
  }

  /** Opens the batch at the root of the group that its id names, for the run whose lineage is given. */
  async openBatchAt(batchId: string, runCount: number, origin: Origin): Promise<void> {
    const { group, n } = placeOf("batch", batchId);
    await callGroup(this.env, group, (stub) => stub.createBatch({ n, runCount, origin }));
  }

  addBatchItems(batchId: string, items: AsyncIterable<HeldItem> | Iterable<HeldItem>): Promise<AddedItems> {
    return addItems(this.env, this.registry, this.packets, batchId, items);
  }

  async triggerBatch(request: CreateBatchRequest, items: Iterable<BatchItemRequest>) {
    const { id, runCount, isCached } = await this.createBatch(request);
    if (isCached) return { id, runCount };
    const { sealed } = await this.addBatchItems(id, items);
    if (!sealed) throw new RunletApiError(400, "batch_incomplete", `Fewer than runCount ${runCount} items were given.`);
    return { id, runCount };
  }

  async retrieveRun(id: string, waitSeconds: number): Promise<RunObject> {
    const reading = { wait: waitSeconds, packets: this.asPackets };
    return runObjectSchema.parse(JSON.parse(await this.readRun(id, reading)));
  }

  readRun(id: string, reading: Reading): Promise<string> {
    return readRun(this.env, id, reading);
  }

  readRuns(ids: readonly string[], reading: Reading): ReadonlyMap<string, Promise<string>> {
    return readRuns(this.env, ids, reading);
  }

  async retrieveBatch(id: string): Promise<BatchObject> {
    const { group, n } = placeOf("batch", id);
    const batch = await callGroup(this.env, group, (stub) => stub.retrieveBatch(n));
    return batch ?? notFound("batch", id);
  }

  listRuns(query: ListRunsQuery): Promise<RunPage> {
    return listRuns(this.env.RUN_INDEX, query, Date.now());
  }

  async cancelRun(id: string): Promise<void> {
    await this.cancel(id);
  }

  /** Cancels the run, and tells what came of that. */
  async cancel(id: string): Promise<Cancellation> {
    const { group, n } = placeOf("run", id);
    return (await callGroup(this.env, group, (stub) => stub.cancel(n))) ?? notFound("run", id);
  }

  async replayRun(request: HeldReplay): Promise<{ id: string }> {
    const { id } = await this.replay(request);
    return { id };
  }

  /** Makes the replay, and tells when that was: `createdAt` in milliseconds. */
  async replay({ requestKey, payload, ...call }: HeldReplay): Promise<{ id: string; createdAt: number }> {
    const request = checkKey(requestKey);
    const { payload: own, ...plan } = await planReplay(this.env, this.registry, call);
    const { id, createdAt = Date.now() } = await this.place({ ...plan, trigger: "trigger" }, payload ?? own, request);
    return { id, createdAt };
  }

  async rescheduleRun(id: string, delay: string, packets = this.asPackets): Promise<RunObject> {
    const { group, n } = placeOf("run", id);
    const answer = await callGroup(this.env, group, (stub) => stub.reschedule(n, delay, packets));
    return unwrapAnswer(answer) ?? notFound("run", id);
  }

  async createToken({
    requestKey,
    ...token
  }: CreateTokenRequest): Promise<{ id: string; isCached: boolean; url: string }> {
    const request = checkKey(requestKey);
    const { group } = this.locate({ name: tokenGroupName(request, token), n: TOKEN_ROOT });
    const { n, isCached } = await callGroup(this.env, group, (stub) => stub.createToken({ ...token, request }));
    const id = formatId("waitpoint", encodeGroup(group), n);
    return { id, isCached, url: await this.callbackUrl(id) };
  }

  async completeToken(id: string, data: Packet): Promise<void> {
    const { group, n } = placeOf("waitpoint", id);
    if (!(await callGroup(this.env, group, (stub) => stub.completeToken(n, data)))) notFound("waitpoint", id);
  }

  async retrieveToken(id: string): Promise<TokenObject> {
    const { group, n } = placeOf("waitpoint", id);
    const token = await callGroup(this.env, group, (stub) => stub.retrieveToken(n));
    return token === null ? notFound("waitpoint", id) : { ...token, url: await this.callbackUrl(id) };
  }

  async listTokens(query: ListTokensQuery): Promise<TokenPage> {
    const { data, pagination } = await listTokens(this.env.RUN_INDEX, query, Date.now());
    const items = data.map(async (token) => ({ ...token, url: await this.callbackUrl(token.id) }));
    return { data: await Promise.all(items), pagination };
  }

  isCallback(id: string, hash: string): Promise<boolean> {
    return isCallbackHash(this.env, id, hash);
  }

  private async callbackUrl(id: string): Promise<string> {
    return `${publicUrl(this.env, this.askedAt)}/api/v1/waitpoints/tokens/${id}/callback/${await callbackHash(this.env, id)}`;
  }

  async resetKey(task: string, key: string): Promise<void> {
    const { target } = this.far.key(task, key);
    if (await callGroup(this.env, target, (stub) => stub.resetKey())) return;
    throw new RunletApiError(404, "key_not_held", `No run of task "${task}" holds this idempotency key.`);
  }

  readEvents(id: string, after: string | undefined): Promise<EventPage> {
    return readRunEvents(this.env, id, after);
  }

  traceRun(id: string): Promise<RunTrace> {
    return readRunTrace(this.env, id);
  }

  addTags(id: string, tags: readonly string[]): Promise<{ message: string }> {
    return addRunTags(this.env, id, tags);
  }

  readMetadata(id: string): Promise<Metadata> {
    return readRunMetadata(this.env, id);
  }

  changeMetadata(id: string, request: MetadataRequest): Promise<Metadata> {
    return changeRunMetadata(this.env, id, request);
  }

  readLogs(id: string, after: string | undefined): Promise<LogPage> {
    return readRunLogs(this.env, id, after);
  }

  private locate({ name, n }: Placement): Location {
    return { group: this.env.RUN_GROUP.idFromName(name).toString(), n };
  }
}
