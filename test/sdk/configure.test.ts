import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { configure, runs, tasks } from "../../sdk/index.ts";
import { fakeDoor, inside } from "../support/fake-pass.ts";
import { serve, type TestServer } from "../support/http-server.ts";

let server: TestServer;

beforeEach(async () => {
  configure({});
  server = await serve(() => ({ body: { id: "run_1" } }));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await server.close();
});

const keys = () => server.seen.map(({ headers }) => headers.authorization);

describe("the client", () => {
  test("is configured by configure, at any time", async () => {
    configure({ baseURL: `${server.url}/`, accessToken: "one" });
    await tasks.trigger("t");
    configure({ baseURL: server.url, accessToken: "two" });
    await tasks.trigger("t");
    expect(keys()).toEqual(["Bearer one", "Bearer two"]);
    expect(server.seen[0]?.url).toBe("/api/v1/tasks/t/trigger");
  });

  test("is configured by the environment, read when it is first needed", async () => {
    vi.stubEnv("RUNLET_API_URL", server.url);
    vi.stubEnv("RUNLET_SECRET_KEY", "from-env");
    await tasks.trigger("t");
    expect(keys()).toEqual(["Bearer from-env"]);
  });

  test("takes from the environment what configure leaves out", async () => {
    vi.stubEnv("RUNLET_API_URL", server.url);
    vi.stubEnv("RUNLET_SECRET_KEY", "from-env");
    configure({ accessToken: "given" });
    await tasks.trigger("t");
    expect(keys()).toEqual(["Bearer given"]);
  });

  test("reads Deno's environment where there is no process", async () => {
    const values = new Map([
      ["RUNLET_API_URL", server.url],
      ["RUNLET_SECRET_KEY", "from-deno"],
    ]);
    vi.stubGlobal("Deno", { env: values });
    vi.stubEnv("RUNLET_API_URL", "");
    vi.stubEnv("RUNLET_SECRET_KEY", "");
    await tasks.trigger("t");
    expect(keys()).toEqual(["Bearer from-deno"]);
  });

  test("counts a variable that may not be read as missing", async () => {
    vi.stubEnv("RUNLET_API_URL", "");
    const get = () => {
      throw new Error("Requires env access");
    };
    vi.stubGlobal("Deno", { env: { get } });
    await expect(tasks.trigger("t")).rejects.toThrow("address is not known");
  });

  test("says what is missing, and where to say it", async () => {
    vi.stubEnv("RUNLET_API_URL", "");
    vi.stubEnv("RUNLET_SECRET_KEY", "");
    await expect(tasks.trigger("t")).rejects.toThrow(
      "Runlet's address is not known: call configure({ baseURL }), or set the environment variable RUNLET_API_URL.",
    );
    configure({ baseURL: server.url });
    await expect(runs.retrieve("run_1")).rejects.toThrow(
      "Runlet's secret key is not known: call configure({ accessToken }), or set the environment variable RUNLET_SECRET_KEY.",
    );
  });

  test.each(["runlet.example.com", "ftp://example.com", "", "/api"])("refuses the baseURL %j", (baseURL) => {
    expect(() => configure({ baseURL, accessToken: "k" })).toThrow("is not an http or https address");
  });

  test("goes to the Worker that hosts the tasks when it runs inside it, whatever is configured", async () => {
    configure({ baseURL: server.url, accessToken: "k" });
    const door = fakeDoor({ trigger: async () => ({ id: "run_inside", isCached: false }) });
    expect(await inside({ door }, () => tasks.trigger("t"))).toMatchObject({ id: "run_inside" });
    expect(server.seen).toEqual([]);
  });
});
