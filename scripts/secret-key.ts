import { randomInt } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The key of RUNLET_SECRET_KEY, or else a development key that stays the same for a state folder. */
export function chooseSecretKey(state: string): { readonly key: string; readonly madeUp: boolean } {
  const given = process.env["RUNLET_SECRET_KEY"];
  return given ? { key: given, madeUp: false } : { key: keptDevelopmentKey(state), madeUp: true };
}

export function keptDevelopmentKey(state: string): string {
  const file = join(state, "development-key");
  try {
    const kept = readFileSync(file, "utf8").trim();
    if (kept !== "") return kept;
  } catch {
    // None yet.
  }
  const key = `tr_dev_${Array.from({ length: 24 }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join("")}`;
  mkdirSync(state, { recursive: true });
  writeFileSync(file, `${key}\n`, { mode: 0o600 });
  return key;
}
