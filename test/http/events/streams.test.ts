/** Streams and their readers: how many there may be, those that are silent, and those that do not read. */
import { describe, expect, jest, test } from "bun:test";
import { connect } from "node:net";
import { ANYONE, type Caller } from "../../../src/access/caller.ts";
import { ByteBudget } from "../../../src/byte-budget.ts";
import { KeyShare } from "../../../src/queue/key-share.ts";
import { OpenStreams } from "../../../src/http/events/open-streams.ts";
import { readEvents, readUntil } from "../../scenarios/watch/read-events.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import { startInProcess, type TestServer } from "../../server.ts";

const begin = async (server: TestServer, action: string, input = {}) =>
  idOf(await server.run(action, input, DETACH));
const end = (server: TestServer, id: string) =>
  server.request(`/api/runs/${id}/cancel`, { method: "POST" });

test("there may be so many streams, and whoever leaves makes room", async () => {
  await using server = await startInProcess({
    options: ["--max-streams", "1", "--max-requests", "1"],
  });
  const id = await begin(server, "forever");
  const path = `/api/runs/${id}/events`;
  const leave = new AbortController();
  const first = await server.request(path, { signal: leave.signal });
  const reader = first.body?.getReader();
  await reader?.read();
  for (const other of [path, "/api/events", `/api/runs/${id}/logs`]) {
    const refused = await server.request(other);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(await refused.json()).toMatchObject({
      code: "overloaded",
      detail: expect.stringContaining("(--max-streams)"),
    });
  }
  leave.abort();
  let again = await server.request("/api/events");
  while (again.status === 503) again = await server.request("/api/events");
  expect(again.status).toBe(200);
  await again.body?.cancel();
  await end(server, id);
});

test("a reader that does not read is told that it is too slow, and goes on where it was", async () => {
  const count = 60_000;
  await using server = await startInProcess({
    options: ["--max-log-bytes", "100MB"],
  });
  const { port } = new URL(server.url);
  const blocker = await begin(server, "forever");
  const socket = connect(Number(port), "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.write("GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n");
  while (!text.includes("hello")) await Bun.sleep(5);
  // From its first event on, it is told what happens as it happens.
  await server.run("noop");
  while (!text.includes("event: finished")) await Bun.sleep(5);
  socket.pause();
  text = "";
  const other = await server.request("/api/events");
  const id = await begin(server, "logs", { count });
  // When one has been told everything, it was all there to be told.
  await readUntil(other, ({ event }) => event === "finished");
  socket.resume();
  while (!text.includes("too slow")) await Bun.sleep(5);
  expect(text).not.toContain("event: finished");
  socket.destroy();

  const told = await Array.fromAsync(
    readEvents(await server.request(`/api/runs/${id}/events`)),
  );
  const seqs = told
    .filter(({ event }) => event === "log")
    .map(({ data }) => data.seq as number);
  expect(seqs).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  await end(server, blocker);
}, 60_000);

test("a silent stream sends heartbeats, and a reader that takes none of them is given up", async () => {
  jest.useFakeTimers();
  try {
    const streams = new OpenStreams({
      max: 10,
      held: new ByteBudget({ maxBytes: 1e6, maxBytesPerKey: 1e6 }),
    });
    let ended = 0;
    const open = () =>
      streams.open({
        caller: ANYONE,
        headers: {},
        hello: "hello",
        heartbeat: "beat",
        farewell: "farewell",
        source: (async function* () {
          await new Promise(() => undefined);
          yield "never";
        })(),
        end: () => (ended += 1),
      });
    const heard = open().response.body?.getReader();
    const unheard = open().response.body?.getReader();
    const next = async (from: typeof heard) =>
      new TextDecoder().decode((await from?.read())?.value as Uint8Array);
    expect(await next(heard)).toBe("hello");
    for (let beat = 0; beat < 4; beat += 1) {
      jest.advanceTimersByTime(15_000);
      expect(await next(heard)).toBe("beat");
    }
    expect(ended).toBe(1);
    expect(streams.count).toBe(1);
    expect(await next(unheard)).toBe("hello");
    expect(await next(unheard)).toBe("farewell");
    expect((await unheard?.read())?.done).toBe(true);
    streams[Symbol.dispose]();
    expect((await heard?.read())?.done).toBe(true);
    expect(streams.count).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});

test("streams end with the server, after the last outcome", async () => {
  await using server = await startInProcess({ options: ["--drain", "1ms"] });
  const id = await begin(server, "forever");
  const own = await server.request(`/api/runs/${id}/events`);
  const all = await server.request("/api/events");
  const stopped = server.stop();
  const told = await Array.fromAsync(readEvents(own));
  expect(told.at(-1)?.event).toBe("finished");
  await Array.fromAsync(readEvents(all));
  await stopped;
});

describe("what streams take", () => {
  const caller = (keyId: string, scopes: Caller["scopes"] = ["read"]) => ({
    keyId,
    name: keyId,
    scopes,
    packages: null,
  });
  const open = (streams: OpenStreams, of: Caller) => {
    streams.refuseCrowd(of);
    return streams.open({
      caller: of,
      headers: {},
      source: (async function* () {
        await new Promise(() => undefined);
        yield "never";
      })(),
      end: () => undefined,
    });
  };

  test("a key leaves streams to other keys, and an admin gets through in any case", () => {
    const held = new ByteBudget({ maxBytes: 10, maxBytesPerKey: 10 });
    const share = new KeyShare(0.75, () => 1);
    const streams = new OpenStreams({ max: 4, held, share });
    for (let count = 0; count < 3; count += 1) open(streams, caller("a"));
    expect(() => open(streams, caller("a"))).toThrow(
      "This API key has 3 streams open, which is its share.",
    );
    open(streams, caller("b"));
    expect(() => open(streams, caller("c"))).toThrow("--max-streams");
    open(streams, caller("operator", ["admin"]));
    expect(streams.count).toBe(5);
    streams[Symbol.dispose]();
  });

  test("what waits for readers is counted with all else that callers hold, and a reader beyond that is too slow", async () => {
    const held = new ByteBudget({ maxBytes: 1000, maxBytesPerKey: 600 });
    const streams = new OpenStreams({ max: 4, held });
    let slowCount = 0;
    const [one, other] = ["a", "b"].map((name) =>
      streams.queue<string>(caller(name), () => (slowCount += 1)),
    );
    one?.push("first", 500);
    other?.push("second", 500);
    expect(held.heldBytes).toBe(1000);
    expect(await one?.take()).toEqual(["first"]);
    expect(held.heldBytes).toBe(500);
    other?.push("third", 200);
    expect(slowCount).toBe(1);
    expect(await other?.take()).toEqual([]);
    expect(held.heldBytes).toBe(0);
  });
});
