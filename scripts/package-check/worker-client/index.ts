import { configure, runs, tasks } from "runlet";

export default {
  async fetch(_request: Request, env: { readonly KEY: string }): Promise<Response> {
    configure({ baseURL: "https://runlet.example.com", accessToken: env.KEY });
    const handle = await tasks.trigger("hello", {});
    return Response.json(await runs.retrieve(handle));
  },
};
