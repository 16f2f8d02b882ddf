/** Results and replies that the server would have to hold. */
import type { Attack } from "../besiege.ts";
import { DETACHED, flood, MB, openMany, post, toGet, until } from "../send.ts";
import { statusFor } from "../served.ts";

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
    title: "lists with as much on a page as there may be",
    run: async (castle) => {
      const body = JSON.stringify({ name: "x".repeat(0.9 * MB) });
      for (let count = 0; count < 20; count += 1)
        await flood(1, () => post(castle, "greet", body));
      const mistakes: string[] = [];
      const { headers } = castle;
      const list = () =>
        castle.server.request("/api/runs?limit=1000", {
          headers: headers("mallory"),
        });
      const all = flood(200, list);
      for (let count = 0; count < 10; count += 1) {
        const startedAt = performance.now();
        const status = await statusFor(castle, "alice", "/api/runs?limit=5");
        const ms = performance.now() - startedAt;
        if (status !== 200 || ms > 2000)
          mistakes.push(`the list of another key took ${Math.round(ms)} ms.`);
      }
      await all;
      return mistakes;
    },
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
