/** The generated client calls the executable, also when connections break. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { seeded } from "../../chaos/random.ts";
import { openFlakyProxy } from "../../client/flaky-proxy.ts";
import { importFixtureClient } from "../../client/write.ts";
import { makeGate } from "../../scenarios/gate.ts";
import {
  FIXTURES,
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
  type TestServer,
} from "../../server.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";

let server: TestServer;
let module: any;
beforeAll(async () => {
  [server, module] = await Promise.all([
    startExecutable(),
    importFixtureClient(),
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

const connect = (url = server.url, options = {}) =>
  module.createClient({ url, ...options });
const json = async (path: string): Promise<any> =>
  (await server.request(path)).json();

describe("a call", () => {
  test("resolves with the result", async () => {
    expect(await connect().probe.add({ a: 1, b: 2 })).toBe(3);
    expect(await connect().probe.noop()).toBeNull();
  });

  test.each([
    ["fail", {}, "ActionFailedError", { code: "action_failed", status: 500 }],
    [
      "refuse",
      {},
      "ActionFailedError",
      { code: "out_of_stock", status: 422, data: { left: 0 } },
    ],
    ["add", { a: "x" }, "InvalidInputError", { code: "invalid_input" }],
  ])(
    "of %s with %j rejects with an error of its class",
    async (action, input, name, members) => {
      const error = await connect()
        .probe[action](input)
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(module[name]);
      expect(error).toBeInstanceOf(module.ActiondError);
      expect(error).toMatchObject({ name, ...members });
    },
  );

  test("that takes too long rejects with an error of its class", async () => {
    const error = await connect()
      .probe.forever({}, { runTimeout: 0.05 })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(module.RunTimedOutError);
  });

  test("cancels its run when its signal aborts", async () => {
    const controller = new AbortController();
    const requestId = Bun.randomUUIDv7();
    const { signal } = controller;
    const call = connect().probe.forever({}, { signal, requestId });
    const path = `/api/runs/run-id-from-request-id/${requestId}`;
    let found = await json(path);
    while (found.run_id === undefined) found = await json(path);
    const reason = new Error("enough");
    controller.abort(reason);
    expect(await call.catch((error: unknown) => error)).toBe(reason);
    const { state } = await json(`/api/runs/${found.run_id}?wait=10`);
    expect(state).toBe("cancelled");
  });

  test("rejects when nothing answers for as long as the client is patient", async () => {
    // Port 9 discards what it gets, where there is such a service at all.
    const client = connect("http://127.0.0.1:9", { patience: 0.1 });
    const error = await client.probe.noop().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(module.UnavailableError);
    expect(error).toMatchObject({ code: "unreachable", retryable: true });
  });

  test("waits for as long as retry-after says, and then asks again", async () => {
    let requestCount = 0;
    using busy = Bun.serve({
      port: 0,
      async fetch(request): Promise<Response> {
        requestCount += 1;
        const { pathname } = new URL(request.url);
        if (requestCount > 1)
          return await server.request(pathname, {
            method: request.method,
            headers: request.headers,
            body: await request.text(),
          });
        return Response.json(
          { type: "urn:actiond:problem:overloaded", status: 503 },
          { status: 503, headers: { "retry-after": "1" } },
        );
      },
    });
    const beganAt = performance.now();
    expect(await connect(busy.url.origin).probe.add({ a: 1 })).toBe(2);
    expect(performance.now() - beganAt).toBeGreaterThan(950);
    expect(requestCount).toBe(2);
  });
});

describe("a run that was started", () => {
  test("is waited for, looked at and found again by its id", async () => {
    const gate = makeGate();
    const run = await connect().probe.gate.start(gate.input);
    expect(await run.state()).toMatchObject({ id: run.id, state: "running" });
    const waiting = connect().probe.gate.attach(run.id).wait();
    gate.open("opened");
    expect(await waiting).toBe("opened");
    expect(await run.wait()).toBe("opened");
  });

  test("is cancelled", async () => {
    const run = await connect().probe.forever.start();
    expect(await run.cancel()).toBe("cancelled");
    expect(await run.cancel()).toBe("not-running");
    const error = await run.wait().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(module.RunCancelledError);
  });
});

test.each([0, 0.3])(
  "the events of a run are told once and in order, although a share of %d of the connections break",
  async (share) => {
    const random = seeded(7);
    await using proxy = await openFlakyProxy(server.url, { random, share });
    const client = connect(proxy.url);
    const gate = makeGate();
    const run = await client.probe.tells.start(gate.input);
    const seen: string[] = [];
    for await (const { event, data } of run.events()) {
      seen.push(event === "log" ? data.message : event);
      if (event === "progress") gate.open();
    }
    // Of progress only the latest is told, and a run may start before its caller is told "async-return".
    const passing = new Set(["progress", "detached"]);
    const kept = seen.filter((event) => !passing.has(event));
    expect(kept).toEqual([
      "accepted",
      "started",
      "It begins.",
      "It ends.\nid: 1\ndata: forged",
      "finished",
    ]);
    const again: string[] = [];
    for await (const { event } of run.events()) again.push(event);
    expect(again.at(-1)).toBe("finished");
  },
  30_000,
);

test("every call has its outcome exactly once, although connections break", async () => {
  const random = seeded(2026);
  await using proxy = await openFlakyProxy(server.url, { random, share: 0.2 });
  const client = connect(proxy.url);
  const before = (await json("/api/runs?limit=1"))[0]?.numbered_id ?? 0;
  const calls = Array.from({ length: 60 }, async (_, index) => {
    if (index % 3 === 0) {
      const run = await client.probe.sleep.start({ ms: index });
      return await run.wait();
    }
    return await client.probe.add({ a: index, b: 1 });
  });
  const results = await Promise.all(calls);
  expect(results).toEqual(
    Array.from({ length: 60 }, (_, index) =>
      index % 3 === 0 ? "slept" : index + 1,
    ),
  );
  expect(proxy.brokenCount).toBeGreaterThan(10);
  const [newest] = await json("/api/runs?limit=1");
  expect(newest.numbered_id - before).toBe(60);
}, 60_000);

describe("actiond client", () => {
  const write = async (...options: string[]) => {
    const out = join(makeTemporaryFolder(), "client.ts");
    const child = spawnExecutable(["client", "--out", out, ...options]);
    const [note, exitCode] = await Promise.all([
      child.stderr.text(),
      child.exited,
    ]);
    return { out, note, exitCode };
  };

  test("writes the same client from a folder and from a server", async () => {
    const ofFolder = await write("--actions", FIXTURES);
    const ofServer = await write("--url", server.url);
    expect(ofFolder).toMatchObject({
      exitCode: 0,
      note: expect.stringMatching(/^Wrote .+client\.ts for \d\d actions\.\n$/),
    });
    expect(ofServer.exitCode).toBe(0);
    expect(readFileSync(ofServer.out, "utf8")).toBe(
      readFileSync(ofFolder.out, "utf8"),
    );
  });

  test("says in one sentence that a server cannot be reached, or is none", async () => {
    expect(await write("--url", "http://127.0.0.1:9")).toMatchObject({
      exitCode: 1,
      note: expect.stringContaining("No server answers at http://127.0.0.1:9"),
    });
    expect(await write("--url", `${server.url}/docs`)).toMatchObject({
      exitCode: 1,
      note: expect.stringContaining("has no route GET /docs/api/actions"),
    });
    expect(await write("--url", "nowhere")).toMatchObject({ exitCode: 2 });
  });
});
