import type { Packet } from "../../sdk/lib/packet.ts";
import { serve, type Answer, type SeenRequest, type TestServer } from "./http-server.ts";
import { wireRun } from "./run-object.ts";

/** As much of the platform as a client can see: every run of `echo` has completed with its payload. */
export async function startSmallPlatform(accessToken: string): Promise<TestServer> {
  const runs: Packet[] = [];
  const batches: number[] = [];
  let busy = true;

  const answer = ({ method, url, headers, body }: SeenRequest): Answer => {
    if (headers.authorization !== `Bearer ${accessToken}`)
      return { status: 401, body: { error: "key", code: "bad_key" } };
    const { pathname, searchParams } = new URL(url, "http://platform");
    const parts = pathname.split("/").slice(3);
    switch (`${method} ${parts.map((part) => part.replace(/^(run|batch)_\d+$/, ":id")).join("/")}`) {
      case "POST tasks/unknown/trigger":
        return { status: 404, body: { error: 'There is no task "unknown".', code: "task_not_found" } };
      case "POST tasks/echo/trigger": {
        // The first request is refused for a moment, so that every runtime shows that it tries again.
        if (busy) {
          busy = false;
          return { status: 429, headers: { "retry-after": "0" }, body: { error: "busy" } };
        }
        const { payload, options } = JSON.parse(body) as { payload?: string; options: { payloadType: Packet["type"] } };
        const n = runs.push({ type: options.payloadType, ...(payload === undefined ? {} : { data: payload }) }) - 1;
        return { body: { id: `run_${n}`, isCached: false } };
      }
      case "POST batches": {
        const { runCount } = JSON.parse(body) as { runCount: number };
        return { status: 202, body: { id: `batch_${batches.push(runCount) - 1}`, runCount, isCached: false } };
      }
      case "POST batches/:id/items": {
        const lines = body.trimEnd().split("\n");
        const sealed =
          lines.length === batches[Number(parts[1]?.slice(6))] && lines.every((line) => "task" in JSON.parse(line));
        return { body: { id: parts[1], itemsAccepted: lines.length, itemsDeduplicated: 0, sealed } };
      }
      case "GET batches/:id": {
        const at = "2026-01-02T03:04:05.678Z";
        const fields = { id: parts[1], status: "COMPLETED", createdAt: at, updatedAt: at, runs: [] };
        return { body: { ...fields, runCount: 3, processing: { errors: [] } } };
      }
      case "GET runs/:id":
        return { body: wireRun({ id: parts[1], outputPacket: runs[Number(parts[1]?.slice(4))] }) };
      case "POST runs/retrieve": {
        const { ids } = JSON.parse(body) as { ids: string[] };
        const lines = ids.map((id) => ({ id, run: wireRun({ id, outputPacket: runs[Number(id.slice(4))] }) }));
        return { body: lines.map((line) => `${JSON.stringify(line)}\n`).join("") };
      }
      case "GET runs/:id/logs": {
        const line = { at: "2026-01-02T03:04:05.678Z", attempt: 1, level: "info", message: "hello" };
        return { body: { data: [line], pagination: {} } };
      }
      case "GET runs": {
        const isFirst = searchParams.get("page[after]") === null;
        return { body: { data: [wireRun(), wireRun()], pagination: isFirst ? { next: "2" } : {} } };
      }
      case "POST runs/:id/cancel":
        return { body: { id: parts[1] } };
      default:
        return { status: 404, body: { error: `There is no route ${method} ${url}`, code: "no_route" } };
    }
  };
  return serve(answer);
}
