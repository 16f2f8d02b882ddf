/** Stands between a browser and a server, byte by byte, so that a test can break all connections. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Relay extends AsyncDisposable {
  readonly url: string;
  /** Every connection is broken, and none is accepted until it is called with true. */
  setReachable(isReachable: boolean): Promise<void>;
}

export async function openRelay(target: string): Promise<Relay> {
  const { port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  const join = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on("error", () => other.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  };
  const listen = async (port: number) => {
    const server = createServer((socket) => {
      const other = connect(Number(targetPort), "127.0.0.1");
      join(socket, other);
      join(other, socket);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    async setReachable(isReachable) {
      if (isReachable) server = await listen(port);
      else close();
    },
    async [Symbol.asyncDispose]() {
      close();
    },
  };
}
