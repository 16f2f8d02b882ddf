/** What clients of the Model Context Protocol may want too much of: sessions, streams, subscriptions, large messages. */
import type { Attack } from "../besiege.ts";
import type { Castle } from "../castle.ts";
import { flood, MB, openMany, post } from "../send.ts";
import { statusFor } from "../served.ts";

const MCP = {
  accept: "application/json, text/event-stream",
  "content-type": "application/json",
};

let lastId = 0;

/** Within a session each id is given once: of two requests with the same one, only one is answered. */
const nextId = () => (lastId += 1);

function ask(
  { server, headers }: Castle,
  method: string,
  params: object,
  session?: string,
): Promise<Response> {
  return server.request("/mcp", {
    method: "POST",
    headers: {
      ...headers("mallory"),
      ...MCP,
      ...(session === undefined ? {} : { "mcp-session-id": session }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: nextId(), method, params }),
  });
}

async function openSession(castle: Castle): Promise<string> {
  const reply = await ask(castle, "initialize", {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "mallory", version: "1" },
  });
  await reply.arrayBuffer();
  return reply.headers.get("mcp-session-id") ?? "";
}

/** @returns the bytes of a request that calls a tool, which a stream answers */
function toCall(
  { headers }: Castle,
  session: string,
  name: string,
  input: object,
): string {
  const { authorization } = headers("mallory");
  const params = { name, arguments: input };
  const call = { jsonrpc: "2.0", id: nextId(), method: "tools/call", params };
  const body = JSON.stringify(call);
  return [
    "POST /mcp HTTP/1.1",
    "host: localhost",
    `authorization: ${authorization}`,
    `accept: ${MCP.accept}`,
    `content-type: ${MCP["content-type"]}`,
    `mcp-session-id: ${session}`,
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

export const MCP_ATTACKS: readonly Attack[] = [
  {
    title: "a flood of sessions through MCP",
    run: async (castle) => {
      for (let count = 0; count < 15; count += 1)
        await flood(100, () =>
          ask(castle, "initialize", {
            protocolVersion: "2025-06-18",
            capabilities: {},
            clientInfo: { name: "x".repeat(2000), version: "1" },
          }),
        );
    },
  },
  {
    title: "more open streams through MCP than there may be",
    options: ["--max-streams", "100"],
    run: async (castle) => {
      const session = await openSession(castle);
      using many = openMany(castle, 200, () =>
        toCall(castle, session, "castle_forever", {}),
      );
      for (const socket of many.sockets) socket.resume();
      await Bun.sleep(1000);
      const mistakes: string[] = [];
      const refused = await ask(castle, "ping", {}, session);
      if (refused.status !== 429)
        mistakes.push(`one stream more was answered ${refused.status}.`);
      const headers = castle.headers("alice");
      const signal = AbortSignal.timeout(5000);
      const stream = await castle.server.request("/api/events", {
        headers,
        signal,
      });
      await stream.body?.cancel();
      if (stream.status !== 200)
        mistakes.push(`the stream of another key was ${stream.status}.`);
      const status = await statusFor(castle, "alice", "/api/runs?limit=1");
      if (status !== 200) mistakes.push(`another key was answered ${status}.`);
      return mistakes;
    },
  },
  {
    title: "large arguments through MCP",
    run: async (castle) => {
      const session = await openSession(castle);
      for (const name of [
        '"'.repeat(4.5 * MB),
        "x".repeat(9 * MB),
        "\u00ff".repeat(4.5 * MB),
      ])
        await flood(6, () =>
          ask(
            castle,
            "tools/call",
            { name: "castle_greet", arguments: { name } },
            session,
          ),
        );
      const more = Array.from({ length: 90_000 }, (_, index) => ({ index }));
      await flood(6, () =>
        ask(
          castle,
          "tools/call",
          { name: "castle_greet", arguments: { name: "x", more } },
          session,
        ),
      );
    },
  },
  {
    title: "large results through MCP that nobody reads",
    run: async (castle) => {
      const session = await openSession(castle);
      using stack = new DisposableStack();
      const few = openMany(castle, 10, () =>
        toCall(castle, session, "castle_large", { megabytes: 40 }),
      );
      const many = openMany(castle, 300, () =>
        toCall(castle, session, "castle_large", { megabytes: 0.9 }),
      );
      stack.use(few);
      stack.use(many);
      await Bun.sleep(6000);
    },
  },
  {
    title: "subscriptions through MCP, with long names",
    run: async (castle) => {
      const session = await openSession(castle);
      for (let count = 0; count < 20; count += 1)
        await flood(5, (index) =>
          ask(
            castle,
            "resources/subscribe",
            { uri: `castle://${count}-${index}/${"x".repeat(5 * MB)}` },
            session,
          ),
        );
      const reply = await post(castle, "forever", "{}", {
        "x-actions-async-timeout": "0",
      });
      const id = reply.headers.get("x-action-server-run-id");
      for (let count = 0; count < 10; count += 1)
        await flood(50, () =>
          ask(
            castle,
            "resources/subscribe",
            { uri: `actiond://runs/${id}` },
            session,
          ),
        );
    },
  },
];
