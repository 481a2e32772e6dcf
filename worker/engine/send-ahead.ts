import type { NewBatchWait, NewWait, PassEnd } from "../../sdk/lib/journal.ts";
import type { GroupPassDoor } from "./group-pass-door.ts";
import { packBySize } from "../core/pack-by-size.ts";
import { batchSize, itemSize, waitSize } from "./report-size.ts";

/** Items of a batch that go with the report itself; more are sent ahead of it in parts. */
const INLINE_ITEMS = 500;
const INLINE_CHARACTERS = 1_000_000;

/**
 * Sends what a pass waits for to the group before the report, where it is too much for that: items of large batches, which
 * the report then only names, and children with large payloads, which it leaves out.
 */
export async function sendAhead(door: GroupPassDoor, end: PassEnd): Promise<PassEnd> {
  if (end.type !== "suspended") return end;
  const kept: NewWait[] = [];
  let size = 0;
  for (const wait of end.waits) {
    if (wait.kind === "batch" && !isSmall(wait)) {
      const { key, digest, runCount } = wait;
      for (const items of packBySize(wait.items, itemSize, INLINE_CHARACTERS)) {
        await door.record({ kind: "items", key, digest, runCount, items });
      }
      kept.push({ ...wait, items: [] });
      continue;
    }
    size += waitSize(wait);
    if (wait.kind === "run" && size > INLINE_CHARACTERS) await door.record({ kind: "child", wait });
    else kept.push(wait);
  }
  return { ...end, waits: kept };
}

function isSmall({ items }: NewBatchWait): boolean {
  return items.length <= INLINE_ITEMS && batchSize(items) <= INLINE_CHARACTERS;
}
