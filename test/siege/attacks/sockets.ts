/** WebSockets, which cost little to open and much to keep. */
import type { Attack } from "../besiege.ts";
import type { Castle } from "../castle.ts";
import { flood, MB, openMany, post, DETACHED } from "../send.ts";
import { findUnserved } from "../served.ts";

/** @returns the bytes that make a connection a WebSocket, and then send this text again and again: RFC 6455 section 5.2 */
function toUpgrade(
  { headers }: Castle,
  text: string,
  count: number,
): Uint8Array {
  const { authorization } = headers("mallory");
  const request = [
    "GET /api/ws HTTP/1.1",
    "host: localhost",
    `authorization: ${authorization}`,
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
    "",
    "",
  ].join("\r\n");
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length > 125 ? 8 : 6);
  head[0] = 0x81;
  if (payload.length > 125) {
    head[1] = 0xfe;
    head.writeUInt16BE(payload.length, 2);
  } else head[1] = 0x80 + payload.length;
  // The mask is zero, which changes nothing.
  const frame = Buffer.concat([head, payload]);
  return Buffer.concat([
    Buffer.from(request),
    ...Array.from({ length: count }, () => frame),
  ]);
}

const ECHO = JSON.stringify({ event: "echo", data: "x".repeat(60_000) });
const LIST = JSON.stringify({
  event: "request",
  data: { method: "GET", url: "/api/actionPackages", message_id: 1 },
});
const FOLLOW = JSON.stringify({ event: "start_listen_run_events" });

export const SOCKET_ATTACKS: readonly Attack[] = [
  {
    title: "messages over WebSockets whose answers nobody reads",
    run: async (castle) => {
      using echo = openMany(castle, 300, toUpgrade(castle, ECHO, 200));
      await Bun.sleep(2000);
      using list = openMany(castle, 300, toUpgrade(castle, LIST, 5000));
      await Bun.sleep(2000);
      void [echo, list];
      return await findUnserved(castle);
    },
  },
  {
    title: "WebSockets that follow all runs, and nobody reads",
    options: ["--max-streams", "100"],
    run: async (castle) => {
      using many = openMany(castle, 300, toUpgrade(castle, FOLLOW, 1));
      const body = JSON.stringify({ name: "x".repeat(3 * MB) });
      await flood(20, () => post(castle, "greet", body, DETACHED));
      await Bun.sleep(2000);
      void many;
      const mistakes = await findUnserved(castle);
      const headers = castle.headers("alice");
      const signal = AbortSignal.timeout(5000);
      const path = "/api/events";
      const reply = await castle.server.request(path, { headers, signal });
      await reply.body?.cancel();
      if (reply.status !== 200)
        mistakes.push(`the stream of another key was ${reply.status}.`);
      return mistakes;
    },
  },
];
