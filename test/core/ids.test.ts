import { describe, expect, test } from "vitest";
import { encodeGroup, formatBulkId, formatId, parseBulkId, parseId } from "../../worker/core/ids.ts";
import { forEachSeed, Random } from "../support/random.ts";

const GROUP = "00ff17a2c4".padEnd(64, "9b");
const SHORT = encodeGroup(GROUP);

describe("an id", () => {
  test("names the group's object in 43 characters and the path in it", () => {
    expect(SHORT).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(formatId("run", SHORT, "k.1ab-0")).toBe(`run_${SHORT}_k.1ab-0`);
    expect(formatId("batch", SHORT, "b")).toBe(`batch_${SHORT}_b`);
  });

  test("leads back to where it points", () => {
    expect(parseId("run", `run_${SHORT}_k.1ab-0`)).toEqual({ group: GROUP, n: "k.1ab-0" });
    expect(parseId("batch", `batch_${SHORT}_b`)).toEqual({ group: GROUP, n: "b" });
  });

  test("leads back from any group and path", () =>
    forEachSeed("ids", 500, (seed) => {
      const random = new Random(seed);
      const group = Array.from({ length: 64 }, () => random.below(16).toString(16)).join("");
      const n = Array.from({ length: 1 + random.below(60) }, () => random.pick("abz059".split(""))).join("");
      expect(parseId("run", formatId("run", encodeGroup(group), n))).toEqual({ group, n });
    }));

  test("may hold a path of 4096 characters and no longer", () => {
    expect(parseId("run", `run_${SHORT}_${"a".repeat(4096)}`)).toMatchObject({ n: "a".repeat(4096) });
    expect(parseId("run", `run_${SHORT}_${"a".repeat(4097)}`)).toBeUndefined();
  });
});

describe("a made-up id is refused:", () => {
  const unlike = (index: number, char: string) => SHORT.slice(0, index) + char + SHORT.slice(index + 1);

  test.each([
    ["nothing", ""],
    ["a word", "run_abc"],
    ["the prefix alone", "run_"],
    ["another kind", `batch_${SHORT}_k`],
    ["no path", `run_${SHORT}`],
    ["an empty path", `run_${SHORT}_`],
    ["a group too short", `run_${SHORT.slice(1)}_k`],
    ["a group too long", `run_A${SHORT}_k`],
    ["a group in hex", `run_${GROUP}_k`],
    ["a group with a foreign character", `run_${unlike(3, "*")}_k`],
    ["a group with a space", `run_${unlike(3, " ")}_k`],
    ["upper case in the path", `run_${SHORT}_K`],
    ["a path with a slash", `run_${SHORT}_k/x`],
    ["a path with a space", `run_${SHORT}_k x`],
    ["a path with a percent sign", `run_${SHORT}_%25`],
    ["a path that begins with a dot", `run_${SHORT}_.k`],
    ["the path of the group's own row", `run_${SHORT}_!group`],
    ["a line break after the path", `run_${SHORT}_k\n`],
  ])("%s", (_, id) => {
    expect(parseId("run", id)).toBeUndefined();
  });

  test("a second spelling of the same group, so that a run has one id", () => {
    // The last of 43 characters carries two spare bits: three more characters decode to the same bytes.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const spellings = alphabet.split("").filter((char) => parseId("run", `run_${unlike(42, char)}_k`)?.group === GROUP);
    expect(spellings).toEqual([SHORT[42]]);
    // And the characters of plain base64 are not those of an id.
    const plain = encodeGroup("fb".repeat(32));
    expect(plain).toContain("-");
    expect(parseId("run", `run_${plain}_k`)).toBeDefined();
    expect(parseId("run", `run_${plain.replaceAll("-", "+")}_k`)).toBeUndefined();
  });
});

describe("the id of a bulk action", () => {
  test("names its object, and leads back to it", () => {
    expect(formatBulkId(GROUP)).toBe(`bulk_${SHORT}`);
    expect(parseBulkId(`bulk_${SHORT}`)).toBe(GROUP);
  });

  test.each([
    "",
    "bulk_",
    SHORT,
    `run_${SHORT}`,
    `bulk_${SHORT}_k`,
    `bulk_${SHORT.slice(1)}`,
    `bulk_*${SHORT.slice(1)}`,
  ])("is not %j", (id) => {
    expect(parseBulkId(id)).toBeUndefined();
  });
});
