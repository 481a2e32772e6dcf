import { LIMITS } from "../../sdk/lib/wire.ts";
import { readText, requireContentType } from "./body.ts";
import type { Call } from "./call.ts";
import { readPayload } from "./payload.ts";

/** An address for a payload too large to be sent with its trigger. Any name will do: the address has one of its own. */
export async function createPacket(call: Call): Promise<Response> {
  return Response.json(await call.env.engine.createPacket());
}

/** Whoever has the address of a packet may put it there. */
export async function storePacket(call: Call): Promise<Response> {
  const request = call.req.raw;
  const type = requireContentType(request, "application/super+json", "application/json", "text/plain");
  const packet = readPayload(await readText(request, LIMITS.payloadBytes), type);
  await call.env.engine.storePacket(call.req.param("address") ?? "", packet);
  return Response.json({ success: true });
}
