import { expect, test } from "vitest";
import type { PassReport } from "../../worker/engine/report-passes.ts";
import { COMPLETED, HeldGroup, waitFor } from "../support/held-group.ts";

test("a claim whose answer was lost is answered again, with the same runs, to the same call only", async () => {
  const group = await new HeldGroup().hold();
  await group.start();
  const { stub } = group;
  const first = await stub.claim([{ n: "k", epoch: 0 }], "a");
  expect(first).toMatchObject([{ n: "k", epoch: 1, attempt: 1 }]);
  expect(await stub.claim([{ n: "k", epoch: 0 }], "b")).toEqual([]);
  const again = await stub.claim([{ n: "k", epoch: 0 }], "a");
  expect(again).toEqual(first.map((claim) => ({ ...claim, claimedAt: again[0]?.claimedAt })));
});

test("a report whose answer was lost is answered again, with the claims that it was given, and counts once", async () => {
  const group = await new HeldGroup().hold();
  await group.start();
  const { n, epoch } = await group.claim("k", 0);
  const waits = [waitFor("child"), waitFor("other-child")];
  const passes: PassReport[] = [{ n, epoch, end: { type: "suspended", waits }, logs: [], logged: 0 }];
  const first = await group.stub.report(passes, 1, "a", false);
  expect(first).toMatchObject({ claims: [{ task: "child", epoch: 1 }], stale: [] });
  const again = await group.stub.report(passes, 1, "a", true);
  expect(again.claims.map((claim) => claim.n)).toEqual(first.claims.map((claim) => claim.n));
  expect(again.stale).toEqual(["k"]);
  expect(await group.stub.report(passes, 1, "b", true)).toEqual({ claims: [], stale: ["k"] });
  // The one that the call had no room for was dispatched, once.
  expect(group.dispatched.flatMap(({ runs }) => runs)).toHaveLength(2);
  await group.report(again.claims[0] ?? { n: "", epoch: 0 }, COMPLETED, 0);
  expect(await group.retrieve("k")).toMatchObject({ status: "QUEUED", attemptCount: 1 });
});
