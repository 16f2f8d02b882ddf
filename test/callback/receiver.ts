/** A receiver of callbacks on loopback, whose answers a test decides. */

export interface Received {
  readonly headers: Headers;
  readonly body: string;
  readonly url: string;
}

export function startReceiver(
  answer: (received: Received, number: number) => Response | Promise<Response>,
) {
  const received: Received[] = [];
  const waiting: ((received: Received) => void)[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const arrived = {
        headers: request.headers,
        body: await request.text(),
        url: request.url,
      };
      received.push(arrived);
      waiting.shift()?.(arrived);
      return await answer(arrived, received.length);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/callback`,
    host: `127.0.0.1:${server.port}`,
    received,
    /** Resolves with the next callback that arrives. */
    next: () => new Promise<Received>((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      await server.stop(true);
    },
  };
}
