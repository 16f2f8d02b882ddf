/** A network in front of a database that can be bad: it loses replies, or carries nothing at all. */
import type { Socket } from "bun";

/**
 * - `carry`: as a network should
 * - `lose`: what the database answers is lost, and the connection is cut with the first answer
 * - `hold`: nothing goes either way until it carries again
 */
export type Mood = "carry" | "lose" | "hold";

interface Way {
  other: Socket<Way> | undefined;
  readonly isServer: boolean;
  /** What came while it could not go on. */
  waiting: Buffer[];
}

export interface Proxy extends Disposable {
  readonly port: number;
  /** Connections that clients have opened. */
  readonly connectionCount: number;
  change(mood: Mood): void;
  /** Ends all connections. */
  cut(): void;
}

/** @param portOf says to which port on 127.0.0.1 the next connection goes */
export function openProxy(portOf: number | (() => number)): Proxy {
  let mood: Mood = "carry";
  let connectionCount = 0;
  const sockets = new Set<Socket<Way>>();
  const flush = ({ data }: Socket<Way>) => {
    const { other } = data;
    if (other === undefined) return;
    const bytes = Buffer.concat(data.waiting);
    const written = Math.max(other.write(bytes), 0);
    data.waiting = written < bytes.length ? [bytes.subarray(written)] : [];
  };
  const socket = {
    data(from: Socket<Way>, bytes: Buffer) {
      if (mood === "lose" && from.data.isServer) {
        from.data.other?.terminate();
        from.terminate();
        return;
      }
      from.data.waiting.push(Buffer.from(bytes));
      if (mood !== "hold") flush(from);
    },
    drain(to: Socket<Way>) {
      if (to.data.other !== undefined && mood !== "hold") flush(to.data.other);
    },
    close(closed: Socket<Way>) {
      sockets.delete(closed);
      if (mood !== "hold") closed.data.other?.end();
    },
    error() {},
  };
  const listener = Bun.listen<Way>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      ...socket,
      open(client) {
        connectionCount += 1;
        sockets.add(client);
        client.data = { other: undefined, isServer: false, waiting: [] };
        void Bun.connect<Way>({
          hostname: "127.0.0.1",
          port: typeof portOf === "number" ? portOf : portOf(),
          data: { other: client, isServer: true, waiting: [] },
          socket: {
            ...socket,
            open(server) {
              sockets.add(server);
              client.data.other = server;
              if (mood !== "hold") flush(client);
            },
          },
        }).catch(() => {
          client.terminate();
        });
      },
    },
  });
  return {
    port: listener.port,
    get connectionCount() {
      return connectionCount;
    },
    change(next) {
      mood = next;
      if (mood !== "hold") for (const each of sockets) flush(each);
    },
    cut() {
      for (const each of sockets) each.terminate();
    },
    [Symbol.dispose]() {
      for (const each of sockets) each.terminate();
      listener.stop(true);
    },
  };
}
