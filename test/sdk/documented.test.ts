import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as sdk from "../../sdk/index.ts";
import { readBlocks } from "../flows/doc-blocks.ts";

const DOCS = ["README.md", ...globSync("docs/*.md")];
const code = DOCS.flatMap(readBlocks)
  .flatMap((block) => (block.language === "ts" ? [block.code] : []))
  .join("\n");

test("every function of the SDK stands in code of the documents, and every error is told of", () => {
  const text = DOCS.map((doc) => readFileSync(doc, "utf8")).join("\n");
  const isCalled = (path: string): boolean =>
    new RegExp(path.includes(".") ? `\\.${path.split(".").at(-1)}[<(]` : `\\b${path}[<(]`).test(code);
  const isToldOf = (path: string): boolean => /^\w+Error$/.test(path) && text.includes(`\`${path}\``);
  const functions = Object.entries(sdk).flatMap(([name, value]) => functionsOf(name, value));
  expect(functions.length).toBeGreaterThan(100);
  expect(functions.filter((path) => !isCalled(path) && !isToldOf(path))).toEqual([]);
});

test.each([
  ["docs/options.md", "## What each one is"],
  ["docs/queues.md", "## Limits"],
])("every option of the first table of %s below %s stands in code", (doc, heading) => {
  const section = readFileSync(doc, "utf8").split(`${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const options = [...section.matchAll(/^\| `(\w+)/gm)].map(([, option = ""]) => option);
  expect(options.length).toBeGreaterThan(4);
  expect(options.filter((option) => !new RegExp(`\\b${option}(?::|,| \\})`).test(code))).toEqual([]);
});

/** The paths of a function, or of those of an object, inherited ones too: "runs.bulk.cancel". */
function functionsOf(path: string, value: unknown): string[] {
  if (typeof value === "function") return [path];
  if (typeof value !== "object" || value === null) return [];
  const names = new Set<string>();
  for (let at: object = value; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== "constructor") names.add(name);
  }
  return [...names].flatMap((name) => functionsOf(`${path}.${name}`, (value as Record<string, unknown>)[name]));
}
