/** Listens: one server, whose requests go to the application of the moment. */
import type { Server } from "bun";

export interface Listener extends AsyncDisposable {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Requests that are being answered. */
  readonly requestCount: number;
  /** @returns the address of who sent a request that is not answered yet */
  addressOf(request: Request): string | undefined;
  /** Refuses new connections and waits until every reply is sent, at most `ms`. */
  stop(ms: number): Promise<void>;
}

/**
 * `maxInputBytes`: bodies are refused by the route, with a problem; the server itself cuts off only what is far beyond
 * that.
 */
export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly maxInputBytes: number;
  /** How long a connection stays open on which nothing is asked, up to 255. */
  readonly idleSeconds?: number;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

const IDLE_SECONDS = 75;

/** The address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** @throws {ListenError} when the port is taken or the host is not one of this machine */
export function listen(options: ListenOptions): Listener {
  const server = serve(options);
  return {
    url: `http://${toAuthority(options.host)}:${server.port}`,
    get requestCount() {
      return server.pendingRequests;
    },
    addressOf: (request) => server.requestIP(request)?.address,
    async stop(ms) {
      await within(ms, server.stop(false));
      await server.stop(true);
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

function serve(options: ListenOptions): Server<undefined> {
  const { host, port } = options;
  try {
    return Bun.serve({ ...toSettings(options), hostname: host, port });
  } catch (error) {
    throw toListenError(error, options);
  }
}

/** What is so for every server, wherever it listens. */
export function toSettings({
  maxInputBytes,
  idleSeconds = IDLE_SECONDS,
  fetch: answer,
}: ListenOptions) {
  return {
    // Until `fetch` is called for the first time Bun has 10 s of its own, also for a head that comes drop by drop.
    idleTimeout: idleSeconds,
    // Otherwise what nothing else caught is shown with its stack and source: https://bun.com/docs/runtime/http/error-handling
    development: false,
    // Outside development Bun shares a taken port with whoever has it, instead of refusing it.
    reusePort: false,
    maxRequestBodySize: maxInputBytes * 2 + 1_000_000,
    async fetch(request: Request, server: Server<undefined>) {
      // An action may run longer than any idle timeout while its caller waits.
      server.timeout(request, 0);
      const response = await answer(request);
      server.timeout(request, idleSeconds);
      return response;
    },
  };
}

export function toListenError(
  error: unknown,
  { host, port }: ListenOptions,
): ListenError {
  const { code } = error as { code?: string };
  if (code === "EADDRINUSE")
    return new ListenError(
      `Port ${port} on ${host} is taken. Name another with --port, or 0 for any free one.`,
      { cause: error },
    );
  return new ListenError(
    `${host}:${port} cannot be listened on: ${(error as Error).message}. Name another address with --host and --port.`,
    { cause: error },
  );
}

/** In the authority of a URL an IPv6 address is in brackets (RFC 3986 section 3.2.2). */
export function toAuthority(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Waits until something has settled, at most `ms`. */
export async function within(
  ms: number,
  settled: Promise<unknown>,
): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([settled, late]);
  clearTimeout(timer);
}
