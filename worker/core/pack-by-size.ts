/** Cuts a list into parts whose sizes add up to `limit` at most; an item over the limit is a part of its own. */
export function packBySize<T>(items: readonly T[], sizeOf: (item: T) => number, limit: number): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let size = 0;
  for (const item of items) {
    const own = sizeOf(item);
    if (part.length > 0 && size + own > limit) {
      parts.push(part);
      part = [];
      size = 0;
    }
    part.push(item);
    size += own;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
