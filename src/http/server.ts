/** Listens: one server, whose requests go to the application of the moment. */
import type { Server } from "bun";

export interface Listener extends AsyncDisposable {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly url: string;
  /** @returns the address of who sent a request that is not answered yet */
  addressOf(request: Request): string | undefined;
  /** Refuses new connections and waits until every reply is sent, at most `ms`. */
  stop(ms: number): Promise<void>;
}

/** The address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/**
 * @param options.maxInputBytes bodies are refused by the route, with a problem; the server itself cuts off only what
 *   is far beyond that
 * @throws {ListenError} when the port is taken or the host is not one of this machine
 */
export function listen(options: {
  host: string;
  port: number;
  maxInputBytes: number;
  fetch: (request: Request) => Response | Promise<Response>;
}): Listener {
  const server = serve(options);
  return {
    url: `http://${toAuthority(options.host)}:${server.port}`,
    addressOf: (request) => server.requestIP(request)?.address,
    async stop(ms) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      await Promise.race([server.stop(false), late]);
      clearTimeout(timer);
      await server.stop(true);
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}

function serve(options: Parameters<typeof listen>[0]): Server<undefined> {
  const { host, port } = options;
  try {
    return Bun.serve({
      hostname: host,
      port,
      // An action may run longer than any idle timeout while its caller waits.
      idleTimeout: 0,
      // Otherwise what nothing else caught is shown with its stack and source: https://bun.com/docs/runtime/http/error-handling
      development: false,
      // Outside development Bun shares a taken port with whoever has it, instead of refusing it.
      reusePort: false,
      maxRequestBodySize: options.maxInputBytes * 2 + 1_000_000,
      fetch: options.fetch,
    });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE")
      throw new ListenError(
        `Port ${port} on ${host} is taken. Name another with --port, or 0 for any free one.`,
        { cause: error },
      );
    throw new ListenError(
      `${host}:${port} cannot be listened on: ${(error as Error).message}. Name another address with --host and --port.`,
      { cause: error },
    );
  }
}

function toAuthority(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
