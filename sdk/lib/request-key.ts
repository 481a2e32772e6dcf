/**
 * A UUIDv7 (RFC 9562): the time in milliseconds, then 74 random bits. Keys of one moment are alike at the front, by
 * which the platform puts the triggers of a second together.
 */
export function newRequestKey(now = Date.now()): string {
  return format(now, crypto.getRandomValues(new Uint8Array(16)));
}

/** The same with bits that follow from `name`: one name and one time, in milliseconds, make one key. */
export async function requestKeyFrom(time: number, name: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(name));
  return format(time, new Uint8Array(digest, 0, 16));
}

function format(time: number, bytes: Uint8Array<ArrayBuffer>): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, Math.floor(time / 0x10000));
  view.setUint16(4, time % 0x10000);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  let hex = "";
  for (const byte of bytes) hex += (byte + 0x100).toString(16).slice(1);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
