/**
 * Listens over TLS, with a certificate that changes while connections come and go.
 *
 * Bun cannot change the certificate of a server (https://github.com/oven-sh/bun/issues/43815), and a server that takes
 * over the port of another resets what is in its queue or in a handshake: 3 connections at each of 20 changes under
 * load. So the port is held here for good, and what comes is carried to a server that has the certificate of the moment.
 */
import { createServer, type Server } from "node:net";
import type { Certificate } from "./certificate.ts";
import type { Log } from "../log.ts";
import { watchCertificate } from "./certificate-watch.ts";
import {
  type ListenOptions,
  type Listener,
  toAuthority,
  toListenError,
  within,
} from "./plain.ts";
import { Backend, SOCKET } from "./tls-backend.ts";

/**
 * Connections that are open go on with the certificate they began with.
 *
 * @throws {UsageError} when the certificate cannot be served
 * @throws {ListenError} when the port is taken or the host is not one of this machine
 */
export async function listenSecurely(
  options: ListenOptions & { certificate: Certificate; log: Log },
): Promise<Listener> {
  const { certificate, log } = options;
  let current = new Backend(certificate, options);
  const backends = new Set([current]);

  const retire = (backend: Backend) => {
    if (backend === current || !backend.isIdle) return;
    backends.delete(backend);
    void backend.close();
  };
  const present = (next: Certificate) => {
    const old = current;
    current = new Backend(next, options);
    backends.add(current);
    retire(old);
  };
  const front = createServer(SOCKET, (socket) => {
    const backend = current;
    backend.carry(socket, () => {
      retire(backend);
    });
  });
  const close = async () => {
    front.close();
    await Promise.all(Array.from(backends, (backend) => backend.close()));
  };

  const port = await listenAt(front, options).catch(async (error: unknown) => {
    await close();
    throw toListenError(error, options);
  });
  const watch = watchCertificate({
    certificate,
    present,
    log,
    now: Date.now,
  });
  return {
    url: `https://${toAuthority(options.host)}:${port}`,
    get requestCount() {
      let sum = 0;
      for (const { requestCount } of backends) sum += requestCount;
      return sum;
    },
    addressOf(request) {
      for (const backend of backends) {
        const address = backend.addressOf(request);
        if (address !== undefined) return address;
      }
      return undefined;
    },
    async stop(ms) {
      await watch[Symbol.asyncDispose]();
      const closed = new Promise((resolve) => front.close(resolve));
      const drained = Array.from(backends, (backend) => backend.drain());
      await within(ms, Promise.all([closed, ...drained]));
      await close();
    },
    async [Symbol.asyncDispose]() {
      await watch[Symbol.asyncDispose]();
      await close();
    },
  };
}

/** @returns the port, which the system chose where 0 was asked for */
function listenAt(
  front: Server,
  { host, port }: ListenOptions,
): Promise<number> {
  return new Promise((resolve, reject) => {
    front.on("error", reject);
    front.listen({ host, port }, () => {
      resolve((front.address() as { port: number }).port);
    });
  });
}
