import { describe, expect, test } from "vitest";
import { depthOf, itemIndex, itemSegment, joinPath, keySegment, rootOf, splitPath } from "../../worker/core/address.ts";
import { parseId, encodeGroup } from "../../worker/core/ids.ts";

describe("a path", () => {
  test("is a root and a segment for each level below it", () => {
    expect(joinPath("", "k")).toBe("k");
    expect(joinPath("k", "a-0")).toBe("k.a-0");
    expect(joinPath("k.a-0", "b-1")).toBe("k.a-0.b-1");
  });

  test.each(["k", "k.a-0", "k.a-0.b-1", "s0123.a-0.000017"])("comes apart where it was joined: %s", (n) => {
    const { parent, seg } = splitPath(n);
    expect(joinPath(parent, seg)).toBe(n);
    expect(seg).not.toContain(".");
  });

  test("tells its root and its depth", () => {
    expect(["k", "k.a", "k.a.b"].map(rootOf)).toEqual(["k", "k", "k"]);
    expect(["k", "k.a", "k.a.b"].map(depthOf)).toEqual([0, 1, 2]);
  });
});

describe("keySegment", () => {
  test("gives the same segment for the same key and attempt", () => {
    expect(keySegment("run:mail#3", 2)).toBe(keySegment("run:mail#3", 2));
  });

  test("tells kinds, names, occurrences and attempts apart", () => {
    const segments = [
      keySegment("run:mail#0", 1),
      keySegment("run:mail#1", 1),
      keySegment("run:mails#0", 1),
      keySegment("step:mail#0", 1),
      keySegment("trigger:mail#0", 1),
      keySegment("run:mail#0", 2),
      keySegment("run:mail#0", 3),
      keySegment("run:mail#1", 2),
    ];
    expect(new Set(segments).size).toBe(segments.length);
  });

  test("does not take an occurrence for an attempt", () => {
    const seen = new Map<string, string>();
    for (let occurrence = 0; occurrence < 200; occurrence += 1) {
      for (let attempt = 1; attempt < 60; attempt += 1) {
        const seg = keySegment(`run:a#${occurrence}`, attempt);
        expect(seen.get(seg)).toBeUndefined();
        seen.set(seg, `${occurrence} ${attempt}`);
      }
    }
  });

  test("tells apart 100,000 names", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => `${["run", "step"][i % 2]}:task-${(i * 7919) % 1_000_003}`);
    expect(new Set(names.map((name) => keySegment(`${name}#0`, 1))).size).toBe(new Set(names).size);
  });

  test.each(["run:billing/invoices.monthly:v2#0", "step:Ärger mit # und .#12", "trigger:step:a#0/b#1", "batch:#0"])(
    "fits in a public id, whatever the name holds: %s",
    (key) => {
      const seg = keySegment(key, 250);
      expect(seg).toMatch(/^[a-z0-9-]+$/);
      expect(parseId("run", `run_${encodeGroup("0".repeat(64))}_k.${seg}`)).toBeDefined();
    },
  );

  test("is short for a long name, so that paths may be deep", () => {
    expect(keySegment(`run:${"x".repeat(128)}#19999`, 250).length).toBeLessThan(20);
  });

  test("takes the occurrence after the last mark, since names may hold one", () => {
    expect(keySegment("step:a#1#2", 1)).not.toBe(keySegment("step:a#1", 1));
    expect(keySegment("step:a#1#2", 1)).toMatch(/-2$/);
  });
});

describe("the segment of an item", () => {
  test("reads in the order of the items", () => {
    const indexes = [0, 1, 9, 10, 99, 100, 999, 1_000, 19_999];
    const segments = indexes.map(itemSegment);
    expect([...segments].sort()).toEqual(segments);
    expect(segments.map(itemIndex)).toEqual(indexes);
  });
});

describe("ranges", () => {
  test("hold what is below a path and nothing beside it, in the order of bytes", () => {
    const below = ["k.a", "k.a.b", "k.a-1", "k.000000"].filter((n) => n > "k." && n < "k/");
    expect(below).toHaveLength(4);
    for (const beside of ["k", "k-1", "k0", "ka", "j.a", "l.a"]) expect(beside > "k." && beside < "k/").toBe(false);
  });

  test("have each run after the run that made it", () => {
    const places = ["k", "k.a", "k.a-1", "k.a.c", "k.a-1.b", "k.b.000001"].map(splitPath);
    const order = [...places].sort((x, y) =>
      x.parent === y.parent ? Number(x.seg > y.seg) : x.parent > y.parent ? 1 : -1,
    );
    const at = (n: string) => order.findIndex((place) => joinPath(place.parent, place.seg) === n);
    for (const { parent, seg } of places) if (parent !== "") expect(at(parent)).toBeLessThan(at(joinPath(parent, seg)));
  });
});
