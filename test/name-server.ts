/** A name server that answers only for names with "good" in them, and is silent about all others. */
import { createSocket, type Socket } from "node:dgram";

/**
 * @param options.answer the IPv4 address of each good name
 * @param options.port 0 for any free one
 */
export async function startNameServer(options: {
  readonly answer: readonly [number, number, number, number];
  readonly host: string;
  readonly port: number;
}): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    if (!query.toString("latin1").includes("good")) return;
    let end = 12;
    while (query[end] !== 0) end += (query[end] ?? 0) + 1;
    end += 5;
    const isA = query.readUInt16BE(end - 4) === 1;
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...options.answer];
    const answer = isA ? Buffer.from(record) : Buffer.alloc(0);
    const parts = [head, query.subarray(12, end), answer];
    socket.send(Buffer.concat(parts), port, address);
  });
  await new Promise<void>((done, fail) => {
    socket.once("error", fail);
    socket.bind(options.port, options.host, done);
  });
  return socket;
}
