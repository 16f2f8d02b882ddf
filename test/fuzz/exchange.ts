/** Sends bytes over a connection of its own, and gathers what is answered. */
import type { OddRequest } from "./odd-request.ts";

export interface Reply {
  readonly status: number;
  /** Of the first bytes, as Latin-1. */
  readonly text: string;
}

/** How long to listen when nothing comes, and after something came: what is odd is often not answered at all. */
const SILENCE_MS = 120;
const QUIET_MS = 15;
const MAX_BYTES = 100_000;

/**
 * @param patienceMs how long to listen in any case, where the server is sure to close the connection before
 * @returns all that the server said, as Latin-1
 */
export async function exchange(
  url: string,
  { pieces, finally: last }: OddRequest,
  patienceMs?: number,
): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = () => {
    resolve(undefined);
  };
  const received: Buffer[] = [];
  let byteCount = 0;
  let timer = setTimeout(end, patienceMs ?? SILENCE_MS);
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    allowHalfOpen: true,
    socket: {
      data(_, chunk) {
        if (byteCount < MAX_BYTES) received.push(Buffer.from(chunk));
        byteCount += chunk.length;
        clearTimeout(timer);
        timer = setTimeout(end, patienceMs ?? QUIET_MS);
      },
      drain: (open) => {
        write(open);
      },
      close: end,
      end,
      error: end,
    },
  });
  let rest = Buffer.alloc(0);
  const write = (open: typeof socket) => {
    rest = rest.subarray(Math.max(open.write(rest), 0));
  };
  for (const piece of pieces) {
    rest = Buffer.concat([rest, piece]);
    write(socket);
    await new Promise((next) => {
      setImmediate(next);
    });
  }
  if (last === "end") socket.end();
  if (last === "reset") end();
  await promise;
  clearTimeout(timer);
  socket.terminate();
  return Buffer.concat(received).toString("latin1");
}

/** @returns each message of a connection; what is no message has status 0 */
export function toReplies(said: string): Reply[] {
  // Not by their lengths: what answers HEAD has a length, and no body.
  const messages = said === "" ? [] : said.split(/(?=HTTP\/1\.1 \d{3} )/);
  return messages.map((text) => ({
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1] ?? 0),
    text,
  }));
}
