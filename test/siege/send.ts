/** How attackers send requests. */
import { connect, type Socket } from "node:net";
import type { Castle } from "./castle.ts";

export const MB = 1024 * 1024;
/** The caller does not wait. */
export const DETACHED = { "x-actions-async-timeout": "0" };

export function post(
  { server, headers }: Castle,
  action: string,
  body: string | Uint8Array<ArrayBuffer>,
  extra: Record<string, string> = {},
): Promise<Response> {
  return server.request(`/api/actions/castle/${action}/run`, {
    method: "POST",
    headers: { ...headers("mallory"), ...extra },
    body,
  });
}

/** Sends the same request several times at once, and reads the replies. @returns their statuses, 0 where there was none */
export async function flood(
  count: number,
  send: (index: number) => Promise<Response>,
): Promise<number[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      try {
        const reply = await send(index);
        await reply.arrayBuffer();
        return reply.status;
      } catch {
        return 0;
      }
    }),
  );
}

/** Opens connections and sends the same on each, without reading. */
export function openMany(
  { server }: Castle,
  count: number,
  text: string | Uint8Array | (() => string),
): Disposable & { readonly sockets: readonly Socket[] } {
  const { port } = new URL(server.url);
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.pause();
    const sent = typeof text === "function" ? text() : text;
    if (sent.length > 0) socket.write(sent);
    return socket;
  });
  return {
    sockets,
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** @returns the bytes of a request without a body */
export function toGet(
  { headers }: Castle,
  path: string,
  key: "mallory" | "alice" = "mallory",
): string {
  const { authorization } = headers(key);
  return `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\n\r\n`;
}

/** Waits for something to be so. @returns whether it was in time */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  ms = 10_000,
): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (await isSo()) return true;
    await Bun.sleep(20);
  }
  return false;
}
