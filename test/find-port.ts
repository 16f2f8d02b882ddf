/** For servers that have to know their port before they listen. */

/** @returns a port that nobody listens on now */
export async function findPort(): Promise<number> {
  const server = Bun.serve({ port: 0, fetch: () => new Response() });
  const { port = 0 } = server;
  await server.stop(true);
  return port;
}
