import { describe, expect, test } from "vitest";
import { newRequestKey } from "../../sdk/lib/request-key.ts";
import { encodeGroup, formatId, parseId } from "../../worker/core/ids.ts";
import {
  childGroupName,
  debounceGroupName,
  deliveryGroupName,
  keyGroupName,
  placeBatch,
  placeTrigger,
} from "../../worker/engine/place-trigger.ts";

/** A UUIDv7 of this time with these random bits. */
function keyAt(ms: number, random = "7abc8def012345678901"): string {
  const hex = ms.toString(16).padStart(12, "0") + random;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const SECOND = 1_760_000_000_000;

describe("a trigger with a time-ordered key", () => {
  test("has the same place each time it is sent", () => {
    const key = newRequestKey();
    expect(placeTrigger(key, "EU")).toEqual(placeTrigger(key, "EU"));
  });

  test("keeps its place from one version to the next, so that a request retried over a deploy finds its run", () => {
    expect(placeTrigger("0199c7a1-2345-7abc-8def-012345678902", "EU")).toEqual({
      name: `slice:${Math.floor(0x0199c7a12345 / 250)}:EU`,
      n: "s3457abc8def012345678902",
    });
  });

  test("shares its group with others of its quarter second and continent", () => {
    const name = placeTrigger(keyAt(SECOND), "EU").name;
    expect(placeTrigger(keyAt(SECOND + 249, "7fff9def012345678999"), "EU").name).toBe(name);
    expect(placeTrigger(keyAt(SECOND + 250), "EU").name).not.toBe(name);
    expect(placeTrigger(keyAt(SECOND - 1), "EU").name).not.toBe(name);
    expect(placeTrigger(keyAt(SECOND), "NA").name).not.toBe(name);
  });

  test("has a path of its own in the group", () => {
    const places = new Set<string>();
    for (let ms = 0; ms < 1_000; ms += 1) {
      for (const random of ["7abc8def012345678901", "7abc8def012345678909", "7abc9def012345678901"]) {
        const { name, n } = placeTrigger(keyAt(SECOND + ms, random), "EU");
        places.add(`${name} ${n}`);
      }
    }
    expect(places.size).toBe(3_000);
  });

  test("has an id that can be read", () => {
    const { n } = placeTrigger(newRequestKey(), "EU");
    expect(parseId("run", formatId("run", encodeGroup("1".repeat(64)), n))?.n).toBe(n);
  });
});

describe("a trigger with another key", () => {
  test.each(["mine", "order:17", "", "0190A1B2-0000-7000-8000-000000000000", "9b2e4f7c-1111-4222-8333-444455556666"])(
    "has a group named by it: %j",
    (key) => {
      expect(placeTrigger(key, "EU")).toEqual({ name: `request:${key}`, n: "k" });
      // Wherever it is sent from.
      expect(placeTrigger(key, "NA")).toEqual(placeTrigger(key, "EU"));
    },
  );
});

describe("names of groups", () => {
  test("are not taken for each other", () => {
    const names = [
      placeTrigger("x", "EU").name,
      placeBatch("x").name,
      childGroupName("x", "0"),
      placeTrigger("slice:1:EU", "EU").name,
      placeTrigger(keyAt(1_000), "EU").name,
    ];
    expect(new Set(names.map((name) => name.split(":")[0]))).toEqual(new Set(["request", "batch", "child", "slice"]));
    expect(new Set(names).size).toBe(names.length);
  });

  test("of batches follow from their key, and of children from parent and segment", () => {
    expect(placeBatch("x")).toEqual(placeBatch("x"));
    expect(placeBatch("x")).not.toEqual(placeBatch("y"));
    expect(childGroupName("run_1", "a-0")).not.toBe(childGroupName("run_1", "a-1"));
    expect(childGroupName("run_1", "a-0")).not.toBe(childGroupName("run_2", "a-0"));
  });
});

test.each<[string, (id: string, rest: string) => string]>([
  ["key", keyGroupName],
  ["debounce key", debounceGroupName],
  ["delivery id", (endpoint, id) => deliveryGroupName(endpoint, { id })],
  ["digest of a delivery", (endpoint, digest) => deliveryGroupName(endpoint, { digest })],
])("an id and a %s share their group with no others that read alike, behind each other", (_, name) => {
  const separators = [":", " ", "/", "-", "\n", '"', '","', "\u0000"];
  for (const separator of separators) {
    expect(name("shop", `eu${separator}1`)).not.toBe(name("shop:eu", "1"));
    expect(name("shop", "eu:1")).not.toBe(name("shop:eu", `${separator}1`));
    expect(name("shop", `${separator}1`)).not.toBe(name("shop", "1"));
  }
});

test("deliveries with a name and those with a digest share no group", () => {
  expect(deliveryGroupName("e", { id: "x" })).not.toBe(deliveryGroupName("e", { digest: "x" }));
});
