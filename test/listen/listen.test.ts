import { expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { ListenError, listen } from "../../src/listen/listen.ts";

const options = {
  host: "127.0.0.1",
  port: 0,
  maxInputBytes: 10,
  fetch: () => new Response("here"),
};

test("the listener says where it listens, even on IPv6", async () => {
  await using four = listen(options);
  expect(await (await fetch(four.url)).text()).toBe("here");
  await using six = listen({ ...options, host: "::1" });
  expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await (await fetch(six.url)).text()).toBe("here");
});

test("a port that is taken and an address of another machine are refused with what to do", async () => {
  await using taken = listen(options);
  const port = Number(new URL(taken.url).port);
  expect(() => listen({ ...options, port })).toThrow(
    `Port ${port} on 127.0.0.1 is taken.`,
  );
  expect(() => listen({ ...options, host: "192.0.2.1" })).toThrow(ListenError);
});

test(
  "a connection on which nothing is asked ends, but not one that waits for a reply or is kept open",
  async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const stream = new TransformStream<string, string>();
    const streamed = new Response(stream.readable);
    await using server = listen({
      ...options,
      idleSeconds: 1,
      fetch: (request, connections) => {
        if (request.url.endsWith("/slow")) return promise;
        if (!request.url.endsWith("/stream")) return new Response("");
        connections.keepOpen(request);
        return streamed;
      },
    });
    const ask = (path: string) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      return socket;
    };
    const waiting = ask("/slow");
    const kept = ask("/stream");
    const writer = stream.writable.getWriter();
    await writer.write("first");
    await once(kept, "data");
    const idle = ask("/");
    idle.resume();
    // Bun looks every 4 s: https://bun.com/docs/runtime/http/server#idletimeout
    await once(idle, "close");
    resolve(new Response("late"));
    const [reply] = (await once(waiting, "data")) as [Buffer];
    expect(reply.toString()).toEndWith("late");
    waiting.end();
    await writer.write("second");
    const [chunk] = (await once(kept, "data")) as [Buffer];
    expect(chunk.toString()).toContain("second");
    kept.destroy();
  },
  { timeout: 30_000 },
);

test("stopping waits for replies that are on their way but not for ever", async () => {
  const asked = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const server = listen({
    ...options,
    fetch: () => {
      asked.resolve();
      return promise;
    },
  });
  const reply = fetch(server.url);
  await asked.promise;
  const stopped = server.stop(60_000);
  resolve(new Response("late"));
  await stopped;
  expect(await (await reply).text()).toBe("late");

  const hung = Promise.withResolvers<void>();
  const hanging = listen({
    ...options,
    fetch: () => {
      hung.resolve();
      return new Promise(() => {});
    },
  });
  const cut = fetch(hanging.url).catch(() => "cut");
  await hung.promise;
  await hanging.stop(1);
  expect(await cut).toBe("cut");
});
