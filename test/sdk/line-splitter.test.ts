import { expect, test } from "vitest";
import { LineSplitter } from "../../sdk/lib/line-splitter.ts";

const encoder = new TextEncoder();

test("lines come out the same wherever the bytes are cut", () => {
  const lines = ["first", "", "zwölf Boxkämpfer 🥊", "last"];
  const bytes = encoder.encode(lines.join("\n"));
  for (let size = 1; size <= bytes.length; size += 1) {
    const splitter = new LineSplitter();
    const found: string[] = [];
    for (let at = 0; at < bytes.length; at += size) found.push(...splitter.push(bytes.subarray(at, at + size)));
    expect([...found, splitter.end()]).toEqual(lines);
  }
});

test("it knows how much of a line without an end it holds", () => {
  const splitter = new LineSplitter();
  const held = ["ab", "cd", "e\nf", "", "gh\n"].map((text) => {
    splitter.push(encoder.encode(text));
    return splitter.held;
  });
  expect(held).toEqual([2, 4, 1, 1, 0]);
});
