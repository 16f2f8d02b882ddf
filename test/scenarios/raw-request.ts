/** Requests as bytes: `fetch` joins headers of one name, and escapes paths, before it sends them. */
import { connect } from "node:net";
import { text } from "node:stream/consumers";

/**
 * @param lines request line and headers
 * @returns all that is answered until the connection is closed
 */
export async function sendLines(
  url: string,
  lines: readonly string[],
  body = "",
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write([...lines, "connection: close", "", body].join("\r\n"));
  return await text(socket);
}
