/** A proxy that breaks connections: before the server has the request, after it has it, or in the middle of the reply. */
import { createServer, connect, type Socket } from "node:net";

export interface FlakyProxy extends AsyncDisposable {
  readonly url: string;
  /** How often it has broken a connection. */
  readonly brokenCount: number;
}

/** @param random returns numbers from 0 to 1; one below `share` breaks the connection */
export async function openFlakyProxy(
  target: string,
  { random, share }: { random: () => number; share: number },
): Promise<FlakyProxy> {
  const { hostname, port } = new URL(target);
  let brokenCount = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const server = connect({ host: hostname, port: Number(port) });
    const end = () => {
      client.destroy();
      server.destroy();
    };
    const breakOff = () => {
      brokenCount += 1;
      end();
    };
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      if (random() < share / 2) breakOff();
      else server.write(chunk);
    });
    server.on("data", (chunk: Buffer) => {
      if (random() >= share) {
        client.write(chunk);
        return;
      }
      // The client sees the first half of the reply, or nothing of it.
      if (random() < 0.5)
        client.write(chunk.subarray(0, chunk.length / 2), breakOff);
      else breakOff();
    });
  });
  await new Promise<void>((resolve) =>
    proxy.listen(0, "127.0.0.1", () => {
      resolve();
    }),
  );
  const address = proxy.address() as { port: number };
  return {
    url: `http://127.0.0.1:${address.port}`,
    get brokenCount() {
      return brokenCount;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
