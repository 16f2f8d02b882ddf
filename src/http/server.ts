/** Listens: requests go to the application, over TLS where there is a certificate, which may change while it serves. */
import type { Server } from "bun";
import type { Certificate } from "./certificate.ts";

export interface Listener extends AsyncDisposable {
  /** Where it listens, `http://127.0.0.1:8080`. */
  readonly url: string;
  /** @returns the address of who sent a request that is not answered yet */
  addressOf(request: Request): string | undefined;
  /** New connections get this certificate; those that are there go on. */
  renew(certificate: Certificate): void;
  /** Refuses new connections and waits until every reply is sent, at most `ms`. */
  stop(ms: number): Promise<void>;
}

/** The address cannot be listened on. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

/** Between a new certificate and the end of the old one for new connections. */
const ACCEPT_MS = 30;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Bodies are refused by the route, with a problem; the server itself cuts off only what is far beyond that. */
  readonly maxInputBytes: number;
  readonly certificate?: Certificate | undefined;
  readonly fetch: (request: Request) => Response | Promise<Response>;
}

/** @throws {ListenError} when the port is taken or the host is not one of this machine */
export function listen(options: ListenOptions): Listener {
  const servers = [open(options)];
  const port = servers[0]?.port ?? options.port;
  const scheme = options.certificate === undefined ? "http" : "https";
  const stopAll = async (closeActive: boolean) => {
    await Promise.all(servers.map((server) => server.stop(closeActive)));
  };
  return {
    url: `${scheme}://${toAuthority(options.host)}:${port}`,
    addressOf(request) {
      for (const server of servers) {
        const address = server.requestIP(request)?.address;
        if (address !== undefined) return address;
      }
      return undefined;
    },
    // `reload` takes a certificate and goes on with the first one. So another server listens on the same port, then the
    // one before lets go of it, and answers those who are connected to it until they leave.
    renew(certificate) {
      const previous = servers[0];
      servers.unshift(serve({ ...options, port, certificate }));
      // Linux resets connections that wait to be accepted by the one before when it closes: they get a moment.
      setTimeout(() => void previous?.stop(false), ACCEPT_MS);
    },
    async stop(ms) {
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      await Promise.race([stopAll(false), late]);
      clearTimeout(timer);
      await stopAll(true);
    },
    async [Symbol.asyncDispose]() {
      await stopAll(true);
    },
  };
}

function open(options: ListenOptions): Server<undefined> {
  // A port that is shared is shared with whoever has it already: so ask for it alone once.
  if (options.certificate !== undefined && options.port !== 0)
    void serve({ ...options, certificate: undefined }).stop(true);
  return serve(options);
}

function serve(options: ListenOptions): Server<undefined> {
  const { host, port, certificate, fetch } = options;
  try {
    return Bun.serve({
      hostname: host,
      port,
      // An action may run longer than any idle timeout while its caller waits.
      idleTimeout: 0,
      // Otherwise what nothing else caught is shown with its stack and source: https://bun.com/docs/runtime/http/error-handling
      development: false,
      // Outside development Bun shares a taken port with whoever has it, instead of refusing it.
      reusePort: certificate !== undefined,
      maxRequestBodySize: options.maxInputBytes * 2 + 1_000_000,
      ...(certificate === undefined ? {} : { tls: certificate }),
      fetch,
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
