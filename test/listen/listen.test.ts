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

test.concurrent(
  "a head that comes drop by drop has as little time as none",
  async () => {
    await using server = listen(options);
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\nx: ");
    const dripping = setInterval(() => socket.write("x"), 100);
    await once(socket, "close");
    clearInterval(dripping);
  },
  { timeout: 30_000 },
);

test.concurrent(
  "a connection on which nothing is asked ends, but not one that waits for a reply",
  async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    await using server = listen({
      ...options,
      idleSeconds: 1,
      fetch: ({ url }) => (url.endsWith("/slow") ? promise : new Response("")),
    });
    const ask = (path: string) => {
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
      return socket;
    };
    const waiting = ask("/slow");
    const silent = ask("/");
    silent.resume();
    await once(silent, "close");
    expect(server.requestCount).toBe(1);
    resolve(new Response("late"));
    const [reply] = (await once(waiting, "data")) as [Buffer];
    expect(reply.toString()).toEndWith("late");
    waiting.resume();
    await once(waiting, "close");
  },
  { timeout: 30_000 },
);

test("stopping waits for replies that are on their way but not for ever", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  const server = listen({ ...options, fetch: () => promise });
  const reply = fetch(server.url);
  await new Promise((next) => {
    setTimeout(next, 20);
  });
  const stopped = server.stop(60_000);
  resolve(new Response("late"));
  await stopped;
  expect(await (await reply).text()).toBe("late");

  const hanging = listen({ ...options, fetch: () => new Promise(() => {}) });
  const cut = fetch(hanging.url).catch(() => "cut");
  await new Promise((next) => {
    setTimeout(next, 20);
  });
  await hanging.stop(1);
  expect(await cut).toBe("cut");
});
