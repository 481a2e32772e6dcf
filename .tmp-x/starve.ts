import { startPlatform } from "../scripts/platform.ts";
import { configure, runs } from "../sdk/index.ts";
import { visit, add } from "../test/support/tasks-runs.ts";
import { Outside } from "../test/flows/outside.ts";
for (const vars of [{}, { RUNLET_DEV: "1" }]) {
  const p = await startPlatform({ worker: "test/support/worker.ts", vars });
  configure({ baseURL: p.url, accessToken: p.key });
  const o = new Outside(() => p.url);
  o.hold("held");
  const hs = [];
  for (let i = 0; i < 12; i++) { hs.push(await visit.trigger({ outside: o.name, what: "held" })); await new Promise(r => setTimeout(r, 60)); }
  await new Promise(r => setTimeout(r, 500));
  console.log(vars, "held started", o.count("held"));
  const t0 = Date.now();
  const h = await add.trigger({ a: 1, b: 1 });
  try { const r = await runs.poll(h, { signal: AbortSignal.timeout(4000) }); console.log("quick", r.status, Date.now() - t0); } catch (e) { console.log("quick did not run", String(e)); }
  o.release("held");
  await Promise.all(hs.map(h => runs.poll(h)));
  const ts: number[] = [];
  for (let i = 0; i < 200; i++) { const t = performance.now(); await runs.poll(await add.trigger({ a: 1, b: 1 })); ts.push(performance.now() - t); }
  ts.sort((a, b) => a - b); console.log("b p50", ts[100], "p95", ts[190]);
  const t1 = performance.now(); 
  let n = 0; await Promise.all(Array.from({length: 50}, async () => { while (n++ < 1000) await runs.poll(await add.trigger({a:1,b:1})); }));
  console.log("a/s", 1000 / (performance.now() - t1) * 1000);
  await o[Symbol.asyncDispose](); await p.stop();
}
