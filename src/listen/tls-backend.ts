/** A server on loopback that has one certificate, and the connections that are carried to it. */
import type { Server } from "bun";
import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream";
import type { Certificate } from "./certificate.ts";
import { UsageError } from "../errors.ts";
import { type ListenOptions, toSettings } from "./plain.ts";

const LOOPBACK = "127.0.0.1";
/** Half open, so that whoever has sent everything still gets the reply. */
export const SOCKET = { allowHalfOpen: true, noDelay: true };

export class Backend {
  readonly #server: Server<undefined>;
  readonly #connections = new Set<Socket>();
  /** Of whom a connection carries the bytes, by the port it comes from. */
  readonly #addresses = new Map<number, string>();
  /** Two backends may be reached from the same port at once. */
  readonly #requests = new WeakSet<Request>();

  /** @throws {UsageError} when the certificate cannot be served */
  constructor(certificate: Certificate, options: ListenOptions) {
    const { files, cert, key } = certificate;
    try {
      this.#server = Bun.serve({
        ...toSettings({
          ...options,
          fetch: (request) => {
            this.#requests.add(request);
            return options.fetch(withPort(request));
          },
        }),
        hostname: LOOPBACK,
        port: 0,
        // Bun takes nothing older than TLS 1.2.
        tls: { cert, key },
      });
    } catch (error) {
      throw new UsageError(
        `The certificate in ${files.cert} cannot be served: ${(error as Error).message}.`,
        { cause: error },
      );
    }
  }

  get isIdle(): boolean {
    return this.#connections.size === 0;
  }

  /** Requests that are being answered. */
  get requestCount(): number {
    return this.#server.pendingRequests;
  }

  /** Carries what a connection brings, encrypted as it is. Whatever ends or breaks on one side does so on the other. */
  carry(outside: Socket, onClosed: () => void): void {
    const { remoteAddress } = outside;
    this.#connections.add(outside);
    outside.once("close", () => {
      this.#connections.delete(outside);
      onClosed();
    });
    const port = this.#server.port ?? 0;
    const inside = connect({ ...SOCKET, host: LOOPBACK, port });
    inside.once("connect", () => {
      const { localPort } = inside;
      if (localPort === undefined || remoteAddress === undefined) return;
      this.#addresses.set(localPort, remoteAddress);
      inside.once("close", () => this.#addresses.delete(localPort));
    });
    // A connection that breaks is no error of the server.
    pipeline(outside, inside, outside, () => undefined);
  }

  /** @returns undefined also for a request that came to another backend */
  addressOf(request: Request): string | undefined {
    if (!this.#requests.has(request)) return undefined;
    const port = this.#server.requestIP(request)?.port;
    return port === undefined ? undefined : this.#addresses.get(port);
  }

  /** Resolves when every reply is sent. */
  async drain(): Promise<void> {
    await this.#server.stop(false);
    await this.#server.stop(true);
  }

  /** Ends what is left, at once. */
  async close(): Promise<void> {
    await this.#server.stop(true);
    for (const socket of this.#connections) socket.destroy();
  }
}

/** Elysia finds no path behind a host of one or two characters, but for a port: `https://db:443/api/runs`. */
function withPort(request: Request): Request {
  const { url } = request;
  const end = url.indexOf("/", "https://".length);
  if (end === -1 || end > "https://ab".length) return request;
  const value = `${url.slice(0, end)}:443${url.slice(end)}`;
  return Object.defineProperty(request, "url", { value });
}
