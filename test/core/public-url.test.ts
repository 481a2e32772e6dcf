import { expect, test } from "vitest";
import { LocalEngine } from "../../worker/engine/local-engine.ts";
import { publicUrl } from "../../worker/engine/public-url.ts";
import { Registry } from "../../worker/engine/registry.ts";
import type { Env } from "../../worker/env.ts";

const [RUNLET_PUBLIC_URL, RUNLET_LOCAL_URL, askedAt] = [
  "https://public.example/",
  "http://127.0.0.1:8787",
  "http://asked/webhooks/a?b=c",
];

test("the variable says where a deployment is, else the request, else the machine", () => {
  expect(publicUrl({ RUNLET_PUBLIC_URL, RUNLET_LOCAL_URL }, askedAt)).toBe("https://public.example");
  expect(publicUrl({ RUNLET_LOCAL_URL }, askedAt)).toBe("http://asked");
  expect(publicUrl({ RUNLET_PUBLIC_URL: "", RUNLET_LOCAL_URL }, undefined)).toBe("http://127.0.0.1:8787");
  expect(publicUrl({ RUNLET_LOCAL_URL }, "http://no host/path")).toBe("http://127.0.0.1:8787");
  expect(publicUrl({}, undefined)).toBe("");
});

test("what is given out and what is signed begin alike", async () => {
  const env = { RUNLET_SECRET_KEY: "k", RUNLET_PUBLIC_URL } as unknown as Env;
  const engine = new LocalEngine(env, new Registry([]), "EU", true, askedAt);
  expect((await engine.createPacket()).presignedUrl).toMatch(/^https:\/\/public\.example\/api\//);
  expect(engine.webhooks.addressOf("http://asked/webhooks/a?b=c").href).toBe("https://public.example/webhooks/a?b=c");
});
