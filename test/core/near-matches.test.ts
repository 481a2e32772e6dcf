import { describe, expect, test } from "vitest";
import { nearMatches } from "../../worker/engine/near-matches.ts";

const TASKS = ["send-email", "send-sms", "resize-image", "import-orders", "import-order-lines"];

describe("nearMatches", () => {
  test("finds a name with letters wrong, left out or too many", () => {
    expect(nearMatches("send-emial", TASKS)).toContain("send-email");
    expect(nearMatches("send-emai", TASKS)).toContain("send-email");
    expect(nearMatches("resize-imagee", TASKS)).toEqual(["resize-image"]);
  });

  test("takes a single letter for no part of a name", () => {
    expect(nearMatches("charge", ["a", "ch"])).toEqual([]);
  });

  test("does not mind upper and lower case", () => {
    expect(nearMatches("Send-Email", TASKS)[0]).toBe("send-email");
  });

  test("finds a name of which only a part was given", () => {
    expect(nearMatches("orders", TASKS)).toEqual(["import-orders"]);
  });

  test("puts the nearest first", () => {
    expect(nearMatches("import-order", TASKS)[0]).toBe("import-order-lines");
    expect(nearMatches("send-smz", ["send-email", "send-sms"])[0]).toBe("send-sms");
  });

  test("gives three at most", () => {
    expect(nearMatches("task", ["task-1", "task-2", "task-3", "task-4"])).toHaveLength(3);
  });

  test("gives none where nothing is near", () => {
    expect(nearMatches("charge-card", TASKS)).toEqual([]);
    expect(nearMatches("anything", [])).toEqual([]);
  });
});
