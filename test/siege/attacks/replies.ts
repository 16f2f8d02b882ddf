/** Results and replies that the server would have to hold. */
import type { Attack } from "../besiege.ts";
import { DETACHED, flood, MB, openMany, post, toGet, until } from "../send.ts";

export const REPLY_ATTACKS: readonly Attack[] = [
  {
    title: "large results that nobody reads",
    run: async (castle) => {
      const reply = await post(castle, "large", '{"megabytes":10}');
      const id = reply.headers.get("x-action-server-run-id");
      await reply.arrayBuffer();
      using _ = openMany(castle, 60, toGet(castle, `/api/runs/${id}`));
      await Bun.sleep(3000);
    },
  },
  {
    title: "twenty results of many megabytes at once",
    run: async (castle) => {
      await flood(10, () => post(castle, "large", '{"megabytes":40}'));
      await flood(10, () => post(castle, "rows", "{}", DETACHED));
      await until(async () => {
        const { authorization } = castle.headers("mallory");
        const list = await castle.server.request("/api/runs?status=running", {
          headers: { authorization: authorization ?? "" },
        });
        return ((await list.json()) as unknown[]).length === 0;
      }, 60_000);
    },
    limits: { otherMs: 15_000 },
  },
  {
    title: "streams of everything that happens, which nobody reads",
    options: ["--max-streams", "40"],
    run: async (castle) => {
      using _ = openMany(castle, 60, toGet(castle, "/api/events"));
      const body = JSON.stringify({ name: "x".repeat(3 * MB) });
      await flood(20, () => post(castle, "greet", body, DETACHED));
      const headers = castle.headers("alice");
      const signal = AbortSignal.timeout(5000);
      const reply = await castle.server.request("/api/events", {
        headers,
        signal,
      });
      await reply.body?.cancel();
      return reply.status === 200
        ? []
        : [`the stream of another key was answered ${reply.status}.`];
    },
  },
];
