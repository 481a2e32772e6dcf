import { describe, expect, test } from "vitest";
import { NumberedPromise } from "../../sdk/lib/numbered-list.ts";

const PER_PAGE = 2;

/** A list of numbers, read by pages, or by what comes after a number; what it was asked. */
function listOf(all: readonly number[], { tellsNext }: { readonly tellsNext: boolean }) {
  const asked: string[] = [];
  const nextOf = (end: number) => (tellsNext && end < all.length ? { next: String(end) } : {});
  const read = async (page = 1) => {
    asked.push(`page ${page}`);
    const end = page * PER_PAGE;
    const numbers = { currentPage: page, totalPages: Math.ceil(all.length / PER_PAGE), count: all.length };
    return { data: all.slice(end - PER_PAGE, end), pagination: { ...numbers, ...nextOf(end) } };
  };
  const readAfter = async (next: string) => {
    asked.push(`after ${next}`);
    const end = Number(next) + PER_PAGE;
    return { data: all.slice(end - PER_PAGE, end), pagination: nextOf(end) };
  };
  return { asked, read, readAfter };
}

async function allOf(list: AsyncIterable<number>): Promise<number[]> {
  const found: number[] = [];
  for await (const one of list) found.push(one);
  return found;
}

const FIVE = [1, 2, 3, 4, 5];

describe("a list by number", () => {
  test("goes on by what comes after, where it is told that", async () => {
    const { read, readAfter, asked } = listOf(FIVE, { tellsNext: true });
    expect(await allOf(new NumberedPromise(read, undefined, readAfter))).toEqual(FIVE);
    expect(asked).toEqual(["page 1", "after 2", "after 4"]);
  });

  test("goes on by numbers, where it is not told, or cannot ask", async () => {
    const older = listOf(FIVE, { tellsNext: false });
    expect(await allOf(new NumberedPromise(older.read, undefined, older.readAfter))).toEqual(FIVE);
    expect(older.asked).toEqual(["page 1", "page 2", "page 3"]);
    const plain = listOf(FIVE, { tellsNext: true });
    expect(await allOf(new NumberedPromise(plain.read))).toEqual(FIVE);
    expect(plain.asked).toEqual(["page 1", "page 2", "page 3"]);
  });

  test("begins at any page, and turns pages by their numbers", async () => {
    const { read, readAfter, asked } = listOf(FIVE, { tellsNext: true });
    const page = await new NumberedPromise(read, 2, readAfter);
    expect([page.hasPreviousPage(), page.hasNextPage()]).toEqual([true, true]);
    expect((await page.getPreviousPage()).data).toEqual([1, 2]);
    expect(await allOf(await page.getNextPage())).toEqual([5]);
    expect(await allOf(page)).toEqual([3, 4, 5]);
    expect(asked).toEqual(["page 2", "page 1", "page 3", "after 4"]);
  });
});
