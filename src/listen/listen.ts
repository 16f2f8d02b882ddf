/** Listens for HTTP or HTTPS, and hands each request to the application. */
import http from "node:http";
import type { Server } from "bun";
import pTimeout from "p-timeout";
import { OperatorError, UsageError } from "../errors.ts";
import type { Certificate } from "./certificate.ts";
import { type SocketData, type SocketListener, SOCKETS } from "./sockets.ts";
import { OpenConnections } from "./open-connections.ts";
import { RequestTurns } from "./request-turns.ts";
import { toRoutes } from "./targets.ts";

export interface Listener extends AsyncDisposable {
  /** The URL it listens on, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Refuses new connections and waits until every reply has been sent, for at most `ms`. */
  stop(ms: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Makes it HTTPS alone. */
  readonly certificate?: Certificate | undefined;
  /** A route refuses longer bodies with a problem; the server itself cuts off only what is far beyond this. */
  readonly maxInputBytes: number;
  /** How long a connection without a request stays open, at most 255 seconds. */
  readonly idleSeconds?: number;
  /** Connections that may be open at once, about. Omitted: as many as the system allows. */
  readonly maxConnections?: number;
  /** Tells requests that are answered before others which arrived together with them. */
  readonly goesFirst?: (request: Request) => boolean;
  readonly fetch: (
    request: Request,
    connections: Connections,
  ) => Response | Promise<Response>;
}

const IDLE_SECONDS = 75;
/** The same while there are many connections. */
const CROWDED_IDLE_SECONDS = 5;
/** The most bytes of a request line and its headers together. */
const MAX_HEADER_BYTES = 65_536;
/** The TLS 1.2 suites with forward secrecy and authenticated encryption. All suites of TLS 1.3 have both. */
const CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20";

/** The connections of a listener, for those who answer requests. */
class Connections {
  readonly #server: Server<SocketData>;
  readonly #open: OpenConnections;
  /** The requests whose connections are kept open, until their replies have begun. */
  readonly #kept = new Set<Request>();
  /** The requests whose connections are WebSockets by now. */
  readonly #upgraded = new WeakSet<Request>();
  /** The requests whose targets others may read differently, until their replies have begun. */
  readonly #ambiguous = new Set<Request>();

  constructor(server: Server<SocketData>, open: OpenConnections) {
    this.#server = server;
    this.#open = open;
  }

  /** Whether there are more connections than there may be: those that get a reply are closed. */
  get isFull(): boolean {
    return this.#open.isFull;
  }

  /** The number of requests that are being answered. */
  get requestCount(): number {
    return this.#server.pendingRequests;
  }

  /** @returns the address of the sender of a request that has not been answered yet */
  addressOf(request: Request): string | undefined {
    return this.#server.requestIP(request)?.address;
  }

  /** Lets the connection of this request be silent for any time, until its reply has ended. */
  keepOpen(request: Request): void {
    this.#kept.add(request);
  }

  /** Makes the connection of this request a WebSocket. @returns false when it does not ask for one */
  upgrade(request: Request, listener: SocketListener): boolean {
    const data: SocketData = { listener };
    const isUpgraded = this.#server.upgrade(request, { data });
    if (isUpgraded) this.#upgraded.add(request);
    return isUpgraded;
  }

  /** Whether there is nothing left to reply. */
  isUpgraded(request: Request): boolean {
    return this.#upgraded.has(request);
  }

  /** Whether the path of its URL is not the one that was sent: see `toRoutes`. */
  isAmbiguous(request: Request): boolean {
    return this.#ambiguous.size > 0 && this.#ambiguous.has(request);
  }

  mark(request: Request): void {
    this.#ambiguous.add(request);
  }

  /** Closes the connection when it is silent for too long from now on, unless it is kept open. */
  limit(request: Request, response: Response, idleSeconds: number): void {
    if (this.#open.isFull) response.headers.set("connection", "close");
    if (this.#ambiguous.size > 0) this.#ambiguous.delete(request);
    const isKept = this.#kept.size > 0 && this.#kept.delete(request);
    if (isKept) return;
    const seconds = this.#open.isCrowded ? CROWDED_IDLE_SECONDS : idleSeconds;
    this.#server.timeout(request, Math.min(seconds, idleSeconds));
  }
}

/** The address cannot be listened on. */
export class ListenError extends OperatorError {
  override readonly name = "ListenError";
}

/**
 * @throws {ListenError} when the port is taken or the host is not an address of this machine
 * @throws {UsageError} when the certificate cannot be served
 */
export function listen(options: ListenOptions): Listener {
  const open = new OpenConnections(options.maxConnections ?? Infinity);
  const server = start(options, open);
  const scheme = options.certificate ? "https" : "http";
  return {
    url: `${scheme}://${toAuthority(options.host)}:${server.port}`,
    async stop(ms) {
      await pTimeout(server.stop(false), {
        milliseconds: ms,
        fallback: () => undefined,
      });
      await server.stop(true);
      open[Symbol.dispose]();
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      open[Symbol.dispose]();
    },
  };
}

function start(
  options: ListenOptions,
  open: OpenConnections,
): Server<SocketData> {
  // Bun has this limit for the whole process, with the request line, and answers more with a bare 431.
  Object.assign(http, { maxHeaderSize: MAX_HEADER_BYTES });
  const { host, port, certificate, maxInputBytes } = options;
  const { idleSeconds = IDLE_SECONDS, fetch: answer } = options;
  let connections: Connections | undefined;
  const turns = new RequestTurns(options.goesFirst);
  try {
    return Bun.serve<SocketData>({
      websocket: SOCKETS,
      hostname: host,
      port,
      // Until `fetch` is called for the first time, Bun has a limit of about 12 s of its own. It also covers a head that
      // arrives drop by drop, and a TLS handshake that does not end.
      idleTimeout: idleSeconds,
      // Otherwise an uncaught error is shown with its stack and source: https://bun.com/docs/runtime/http/error-handling
      development: false,
      // Outside development Bun shares a taken port with its owner instead of refusing it.
      reusePort: false,
      maxRequestBodySize: maxInputBytes * 2 + 1_000_000,
      // Bun speaks nothing older than TLS 1.2.
      ...(certificate && {
        tls: { cert: certificate.cert, key: certificate.key, ciphers: CIPHERS },
      }),
      routes: toRoutes(async (request, server, isExact) => {
        // An action may run longer than any idle timeout while its caller waits.
        server.timeout(request, 0);
        connections ??= new Connections(server, open);
        const named = withHost(request, certificate ? "https" : "http");
        const asked = certificate ? withPort(named) : named;
        if (!isExact) connections.mark(asked);
        const turn = turns.enter(asked);
        if (turn !== undefined) await turn;
        const response = await answer(asked, connections);
        if (connections.isUpgraded(asked)) return undefined;
        connections.limit(asked, response, idleSeconds);
        return response;
      }),
    });
  } catch (error) {
    throw toListenError(
      error as Error & { code?: string; syscall?: string },
      options,
    );
  }
}

function toListenError(
  error: Error & { code?: string; syscall?: string },
  { host, port, certificate }: ListenOptions,
): Error {
  const cause = { cause: error };
  if (certificate && error.syscall !== "listen")
    return new UsageError(
      `The certificate in ${certificate.files.cert} cannot be served: ${error.message}.`,
      cause,
    );
  if (error.code !== "EADDRINUSE")
    return new ListenError(
      `The server cannot listen on ${host}:${port}: ${error.message}. Name another address with --host and --port.`,
      cause,
    );
  // Bun also says so of a host that it cannot resolve.
  if (port === 0)
    return new ListenError(
      `The server cannot listen on ${host}: it is not an address of this machine. Name another with --host.`,
      cause,
    );
  return new ListenError(
    `Port ${port} on ${host} is taken. Name another with --port, or 0 for any free one.`,
    cause,
  );
}

/** In the authority of a URL an IPv6 address is in brackets (RFC 3986 section 3.2.2). */
function toAuthority(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** With HTTP/1.0 a request may have no Host, and then its URL is a path alone. */
function withHost(request: Request, scheme: string): Request {
  const { url } = request;
  if (!url.startsWith("/")) return request;
  const value = `${scheme}://localhost${url}`;
  return Object.defineProperty(request, "url", { value });
}

/** Elysia finds no path behind a host of one or two characters without a port, as in `https://db/api/runs`. */
function withPort(request: Request): Request {
  const { url } = request;
  const end = url.indexOf("/", "https://".length);
  if (end === -1 || end > "https://ab".length) return request;
  const value = `${url.slice(0, end)}:443${url.slice(end)}`;
  return Object.defineProperty(request, "url", { value });
}
