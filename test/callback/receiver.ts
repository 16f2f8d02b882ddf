/** A receiver of callbacks on this machine, whose answers a test decides. */

export interface Received {
  readonly method: string;
  readonly headers: Headers;
  readonly body: string;
  readonly url: string;
}

type Answer = (
  received: Received,
  number: number,
) => Response | Promise<Response>;

export function startReceiver(
  answer: Answer = () => new Response(),
  options: { hostname?: string; tls?: { key: string; cert: string } } = {},
) {
  const { hostname = "127.0.0.1", tls } = options;
  const received: Received[] = [];
  const waiting: ((received: Received) => void)[] = [];
  const server = Bun.serve({
    hostname,
    port: 0,
    idleTimeout: 0,
    ...(tls === undefined ? {} : { tls }),
    async fetch(request) {
      const { method, headers, url } = request;
      const arrived = { method, headers, body: await request.text(), url };
      const number = received.push(arrived);
      for (const wake of waiting.splice(0)) wake(arrived);
      return await answer(arrived, number);
    },
  });
  const { port = 0 } = server;
  const host = hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
  /** Resolves with the next callback that arrives. */
  const next = () => new Promise<Received>((resolve) => waiting.push(resolve));
  return {
    url: `${tls === undefined ? "http" : "https"}://${host}/callback`,
    host,
    port,
    received,
    next,
    /** Resolves when so many callbacks have arrived in all. */
    async arrived(count: number) {
      while (received.length < count) await next();
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}
