/** Connections that are opened and then left: slow senders, half a request, nothing at all. */
import { expect, test } from "bun:test";
import { startExecutable } from "../server.ts";
import { countDescriptors, settleDescriptors } from "./process.ts";

const COUNT = 500;
const STARTS = [
  "",
  "P",
  "POST /api/actions/probe/add/run HTTP/1.1\r\nhost: localhost\r\ncontent-",
  "POST /api/actions/probe/add/run HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{",
  "POST /api/actions/probe/add/run HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
];

test("five hundred half-open connections keep no caller from being served and are released", async () => {
  await using server = await startExecutable();
  const { hostname, port } = new URL(server.url);
  const descriptorCount = countDescriptors(server);
  const sockets = await Promise.all(
    Array.from({ length: COUNT }, (_, index) =>
      Bun.connect({
        hostname,
        port: Number(port),
        socket: {
          open(socket) {
            socket.write(STARTS[index % STARTS.length] ?? "");
          },
          data() {},
        },
      }),
    ),
  );
  const reply = await server.run("add", { a: 41 });
  expect(await reply.text()).toBe("42");
  // Where nothing was sent, the kernel keeps the connection to itself: https://man7.org/linux/man-pages/man7/tcp.7.html (TCP_DEFER_ACCEPT)
  expect(countDescriptors(server)).toBeGreaterThan(COUNT / 2);
  for (const socket of sockets) socket.terminate();
  expect(await settleDescriptors(server, descriptorCount)).toBe(
    descriptorCount,
  );
  expect((await server.request("/health/ready")).status).toBe(200);
});
