import type { Claim, JournalEntry } from "../../sdk/lib/journal.ts";
import type { GroupApi } from "./group-api.ts";

type Ask = <T>(call: (group: GroupApi) => Promise<T>) => Promise<T>;

/** The claim with its whole journal, in further calls where it did not fit in the answer; undefined when it is not held any more. */
export async function wholeClaim(claim: Claim, ask: Ask): Promise<Claim | undefined> {
  const { n, epoch } = claim;
  const first = claim.deferred === true ? await ask((group) => group.reload(n, epoch)) : claim;
  if (first === null) return undefined;
  if (first.journalAfter === undefined && first.journal.every((entry) => restOf(entry) === undefined)) return first;
  const journal: JournalEntry[] = [];
  const take = async (entries: readonly JournalEntry[]): Promise<boolean> => {
    for (const entry of entries) {
      const whole = await wholeEntry(claim, entry, ask);
      if (whole === undefined) return false;
      journal.push(whole);
    }
    return true;
  };
  if (!(await take(first.journal))) return undefined;
  for (let after = first.journalAfter; after !== undefined;) {
    const from: string = after;
    const page = await ask((group) => group.journal(n, epoch, from));
    if (page === null || !(await take(page.entries))) return undefined;
    after = page.after;
  }
  return { ...first, journal };
}

/** The entry with the outcomes of a batch that did not fit in its answer. */
async function wholeEntry({ n, epoch }: Claim, entry: JournalEntry, ask: Ask): Promise<JournalEntry | undefined> {
  const rest = restOf(entry);
  if (entry.kind !== "batch" || rest === undefined) return entry;
  const settled = [...(entry.settled ?? [])];
  for (let after: number | undefined = rest.after; after !== undefined;) {
    const from: number = after;
    const page = await ask((group) => group.items(n, epoch, rest.batch, from));
    if (page === null) return undefined;
    for (const item of page.items) settled.push(item);
    after = page.after;
  }
  return { ...entry, settled };
}

function restOf(entry: JournalEntry): { readonly batch: string; readonly after: number } | undefined {
  return entry.kind === "batch" ? entry.rest : undefined;
}
