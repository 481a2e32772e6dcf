const SHOWN = 3;
/** Parts of a name that are shorter than this say nothing. */
const MIN_PART = 3;

/** The names that `wanted` may have been meant to be, the most likely first, three at most. */
export function nearMatches(wanted: string, names: Iterable<string>): string[] {
  const target = wanted.toLowerCase();
  const found: { name: string; distance: number }[] = [];
  for (const name of names) {
    const candidate = name.toLowerCase();
    const longest = Math.max(target.length, candidate.length);
    // Two letters that changed places count two: that much is forgiven in all but the shortest names.
    const allowed = longest < 4 ? 1 : Math.max(2, Math.floor(longest / 3));
    const distance = isPart(target, candidate) ? 1 : editDistance(target, candidate, allowed);
    if (distance <= allowed) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return found.slice(0, SHOWN).map(({ name }) => name);
}

function isPart(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= MIN_PART && short.length < long.length && long.includes(short);
}

/** Letters to insert, delete or replace to make one word of the other; anything over `limit` for more than that. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[b.length] ?? limit + 1;
}
