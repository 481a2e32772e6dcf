import { describe, expect, test } from "vitest";
import { isRemembered } from "../../worker/core/journal-rules.ts";

const ATTEMPT_STARTED = 1_000;

describe("a run remembers", () => {
  test("what succeeded, however long ago", () => {
    expect(isRemembered({ ok: true, finishedAt: 1 }, ATTEMPT_STARTED)).toBe(true);
    expect(isRemembered({ ok: true, finishedAt: 2_000 }, ATTEMPT_STARTED)).toBe(true);
  });

  test("a failure that its own attempt has seen: a replay meets it again", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED + 1 }, ATTEMPT_STARTED)).toBe(true);
  });

  test("no failure from before the attempt began: it is tried anew", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED - 1 }, ATTEMPT_STARTED)).toBe(false);
  });

  test("no failure of the turn in which the attempt began: that turn had it before the claim", () => {
    expect(isRemembered({ ok: false, finishedAt: ATTEMPT_STARTED }, ATTEMPT_STARTED)).toBe(false);
  });
});
