import type { Env } from "../env.ts";
import { isSignedText, signText } from "./signature.ts";

/** How long a packet may be put at its address, and how long it is kept, both from when the address was given out. */
const PUT_WITHIN_MS = 10 * 60_000;
const KEPT_MS = 60 * 60_000;

const FORM = /^packet_([0-9a-f]{32})_([0-9a-z]{1,11})_([0-9a-f]+)$/;

/** Where a packet is held, and until when. */
export interface PacketPlace {
  /** The name of its object. */
  readonly name: string;
  /** Times in milliseconds since 1970. */
  readonly putUntil: number;
  readonly keptUntil: number;
}

/** A new address for one packet. Nobody guesses it, and one that was not made here is known as such. */
export async function newPacketAddress(env: Env, now: number): Promise<string> {
  const name = crypto.randomUUID().replaceAll("-", "");
  const given = `packet_${name}_${now.toString(36)}`;
  return `${given}_${await signText(env, given)}`;
}

/** What an address stands for; undefined for one that this deployment has not given out. Wakes nothing. */
export async function readPacketAddress(env: Env, address: string): Promise<PacketPlace | undefined> {
  const [, name, at, signature] = FORM.exec(address) ?? [];
  if (name === undefined || at === undefined || signature === undefined) return undefined;
  if (!(await isSignedText(env, `packet_${name}_${at}`, signature))) return undefined;
  const givenAt = Number.parseInt(at, 36);
  return { name, putUntil: givenAt + PUT_WITHIN_MS, keptUntil: givenAt + KEPT_MS };
}
