/** Connections over TLS that cost more than they say. */
import { connect as connectPlainly } from "node:net";
import { connect } from "node:tls";
import { AUTHORITIES, makeCertificateFiles } from "../../certificates.ts";
import type { Attack } from "../besiege.ts";
import type { Castle } from "../castle.ts";
import { until } from "../send.ts";
import { findUnserved } from "../served.ts";

const options = makeCertificateFiles().options;

interface Many extends Disposable {
  readonly closedCount: number;
}

/** Opens connections, and does the same with each. */
function openMany(
  { server }: Castle,
  count: number,
  { isTls, text }: { isTls: boolean; text: string | Uint8Array },
): Many {
  const port = Number(new URL(server.url).port);
  const target = { port, host: "127.0.0.1", ca: AUTHORITIES };
  const sockets = Array.from({ length: count }, () => {
    const socket = isTls ? connect(target) : connectPlainly(target);
    socket.on("error", () => undefined);
    socket.resume();
    if (text.length > 0) socket.write(text);
    return socket;
  });
  return {
    get closedCount() {
      return sockets.filter(({ closed }) => closed).length;
    },
    [Symbol.dispose]: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The first bytes of a handshake that never goes on: the header of a record of 512 bytes (RFC 8446 section 5.1). */
const HELLO = new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]);

async function findUnclosed(castle: Castle, many: Many, count: number) {
  const mistakes = await findUnserved(castle);
  const areClosed = await until(() => many.closedCount === count, 30_000);
  if (!areClosed)
    mistakes.push(`${count - many.closedCount} connections were not closed.`);
  return mistakes;
}

export const TLS_ATTACKS: readonly Attack[] = [
  {
    title:
      "connections over TLS that say nothing, before or after their handshakes",
    options,
    run: async (castle) => {
      using silent = openMany(castle, 200, { isTls: false, text: "" });
      using begun = openMany(castle, 200, { isTls: false, text: HELLO });
      using shaken = openMany(castle, 200, { isTls: true, text: "" });
      return [
        ...(await findUnclosed(castle, silent, 200)),
        ...(await findUnclosed(castle, begun, 200)),
        ...(await findUnclosed(castle, shaken, 200)),
      ];
    },
  },
  {
    title: "handshakes over TLS, as many as there can be",
    options,
    run: async (castle) => {
      const end = performance.now() + 3000;
      while (performance.now() < end) {
        using many = openMany(castle, 50, { isTls: true, text: "" });
        await Bun.sleep(100);
        void many;
      }
      return await findUnserved(castle);
    },
  },
  {
    title: "bodies over TLS that arrive byte by byte",
    options: [...options, "--request-timeout", "3s", "--idle-timeout", "10s"],
    run: async (castle) => {
      const { authorization } = castle.headers("mallory");
      const text = `POST /api/actions/castle/greet/run HTTP/1.1\r\nhost: localhost\r\nauthorization: ${authorization}\r\ncontent-length: 5000000\r\n\r\n{`;
      using many = openMany(castle, 300, { isTls: true, text });
      return await findUnclosed(castle, many, 300);
    },
  },
];
