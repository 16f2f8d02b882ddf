/** What is refused, and makes no run. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { DETACH, openScene, RUN_ID } from "../scene.ts";

const JSON_TYPE = { "content-type": "application/json" };

export function describeRefusing(start: Start): void {
  const server = openScene(start, [
    "--max-input-bytes",
    "1KB",
    ...["x", "api", "a.b"].flatMap((name) => ["--allow-host", name]),
  ]);

  const expectRefused = async (name: string, value: string) => {
    const before = await server.runCount();
    const reply = await server.run("noop", {}, { [name]: value });
    expect(reply.status).toBe(400);
    expect(reply.headers.has(RUN_ID)).toBe(false);
    const problem = (await reply.json()) as { detail: string };
    expect(problem).toMatchObject({
      code: "invalid_header",
      source: "server",
      error_code: "internal-error",
      message: problem.detail,
    });
    expect(problem.detail.toLowerCase()).toStartWith(name);
    expect(await server.runCount()).toBe(before);
  };

  test.each([
    ["x-actions-async-timeout", "abc"],
    ["x-actions-async-timeout", ""],
    ["x-actions-async-timeout", "-1"],
    ["x-actions-async-timeout", "nan"],
    ["x-actions-async-timeout", "inf"],
    ["x-actions-async-timeout", "1e"],
    ["x-actions-async-timeout", "."],
    ["x-actions-async-timeout", "e3"],
    ["x-actions-async-timeout", "1_0"],
    ["x-actions-async-timeout", "1, 2"],
    ["x-actions-async-timeout", "-0"],
    ["x-actions-async-timeout", "+1"],
    ["x-actions-async-timeout", "0x1"],
    ["x-actions-async-callback", "not a url"],
    ["x-actions-async-callback", "/relative"],
    ["x-actions-async-callback", "ftp://example.com/"],
    ["x-actions-async-callback", "http://"],
    ["x-actions-async-callback", "http://127.0.0.1:65536/"],
    ["x-actions-request-id", "ü"],
    ["x-actions-request-id", "a\tb"],
    ["x-actions-request-id", "a\u007fb"],
    ["idempotency-key", ""],
    ["idempotency-key", '"open'],
    ["idempotency-key", '""'],
    ["x-actions-on-disconnect", "explode"],
    ["x-actions-run-timeout", "0"],
    ["x-actions-run-timeout", "1s"],
    ["x-actions-run-timeout", "0e5"],
    ["x-actions-start-timeout", "-1"],
    ["x-actions-start-timeout", ""],
  ])("the header %s: %p is refused", async (name, value) => {
    await expectRefused(name, value);
  });

  test("a body with trailers is refused before a run is made", async () => {
    const before = await server.runCount();
    const lines = [
      "POST /api/actions/probe/noop/run HTTP/1.1",
      "host: localhost",
      "transfer-encoding: chunked",
      "trailer: x-sum",
    ];
    const body = "2\r\n{}\r\n0\r\nx-sum: 1\r\n\r\n";
    expect(await server.sendLines(lines, body)).toStartWith(
      "HTTP/1.1 400 Bad Request\r\n",
    );
    expect(await server.runCount()).toBe(before);
  });

  test("a request id of 256 letters is refused", async () => {
    await expectRefused("x-actions-request-id", "x".repeat(256));
  });

  test.each([
    ["wait=-1"],
    ["wait=abc"],
    ["wait=1.5"],
    ['wait="0'],
    ["respond-async=maybe"],
    ["=;,"],
    ["wait"],
    [""],
  ])("the malformed preference %p is ignored", async (prefer) => {
    const reply = await server.run("add", { a: 1 }, { prefer });
    expect(reply.status).toBe(200);
    expect(await reply.text()).toBe("2");
  });

  test.each(["x-actions-async-callback", "x-actions-request-id"])(
    "an empty %s is the same as none",
    async (name) => {
      expect((await server.run("noop", {}, { [name]: "" })).status).toBe(200);
    },
  );

  test.each([
    ["x-actions-request-id", "255 letters", "x".repeat(255)],
    ["idempotency-key", "255 letters", "x".repeat(255)],
    ["x-actions-async-callback", "a URL in capitals", "HTTPS://EXAMPLE.COM"],
    ["x-actions-async-timeout", "400 digits", "9".repeat(400)],
    ["x-actions-run-timeout", "400 digits", "9".repeat(400)],
    ["x-actions-start-timeout", "11 digits", "99999999999"],
  ])("the header %s may have %s", async (name, _, value) => {
    const reply = await server.run("add", { a: 1 }, { [name]: value });
    expect(await reply.text()).toBe("2");
  });

  test.each([
    ["http://169.254.169.254/latest/meta-data"],
    ["http://2852039166/"],
    ["http://[::ffff:169.254.169.254]/"],
    ["http://[fe80::1]/"],
    ["http://user:word@127.0.0.1/"],
  ])("a callback to %s is refused before there is a run", async (url) => {
    const reply = await server.run(
      "noop",
      {},
      { ...DETACH, "x-actions-async-callback": url },
    );
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ code: "callback_not_allowed" });
  });

  const post = (
    body: string | ReadableStream,
    headers: Record<string, string>,
  ) =>
    server.request("/api/actions/probe/add/run", {
      method: "POST",
      headers,
      body,
    });
  test.each([
    ["not JSON", 400, "invalid_json", "{a:1}", JSON_TYPE],
    ["half of a JSON text", 400, "invalid_json", '{"a":1', JSON_TYPE],
    [
      "a form",
      400,
      "invalid_json",
      "a=1",
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    [
      "compressed",
      415,
      "unsupported_media_type",
      '{"a":1}',
      { ...JSON_TYPE, "content-encoding": "gzip" },
    ],
    [
      "too large",
      413,
      "input_too_large",
      JSON.stringify({ a: 1, b: "x".repeat(2000) }),
      JSON_TYPE,
    ],
    [
      "an object with a string for a number",
      422,
      "invalid_input",
      '{"a":"1"}',
      JSON_TYPE,
    ],
    ["empty but needed", 422, "invalid_input", "", JSON_TYPE],
    ["a list", 422, "invalid_input", "[]", JSON_TYPE],
  ])(
    "a body that is %s is answered %d %s with and without a wait",
    async (_, status, code, body, headers) => {
      const before = await server.runCount();
      for (const wait of [{}, DETACH]) {
        const reply = await post(body, { ...headers, ...wait });
        expect(reply.status).toBe(status);
        const isInput = code === "invalid_json" || code === "invalid_input";
        expect(await reply.json()).toMatchObject({
          code,
          status,
          error_code: isInput ? "validation-error" : "internal-error",
          message: expect.any(String),
        });
      }
      expect(await server.runCount()).toBe(before);
    },
  );

  test("a body of unknown length is cut off when it is too large", async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from(" ".repeat(600)));
      },
    });
    const reply = await post(stream, JSON_TYPE).catch(() => undefined);
    expect(reply?.status ?? 413).toBe(413);
  });

  test("a body of unknown length is accepted when it is not too large", async () => {
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{"a":'));
        controller.enqueue(Buffer.from("41}"));
        controller.close();
      },
    });
    const reply = await post(stream, JSON_TYPE);
    expect(await reply.text()).toBe("42");
  });

  test("the refusal of an invalid input says where it is wrong", async () => {
    const reply = await server.run("add", { a: true, b: "x" });
    expect(await reply.json()).toMatchObject({
      errors: [
        { path: "/a", message: expect.any(String) },
        { path: "/b", message: expect.any(String) },
      ],
    });
  });

  test.each(["probe/nothing", "nothing/noop", "__proto__/constructor"])(
    "a request for the unknown action %s is answered 404",
    async (address) => {
      const reply = await server.request(`/api/actions/${address}/run`, {
        method: "POST",
      });
      expect(reply.status).toBe(404);
      expect(await reply.json()).toMatchObject({ code: "action_not_found" });
    },
  );

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/octet-stream",
    "*/*",
    "nonsense",
  ])("a body sent as %s is read as JSON", async (type) => {
    const reply = await post('{"a":1}', { "content-type": type });
    expect(await reply.text()).toBe("2");
  });

  test.each(["identity", "Identity"])(
    "a body with the content encoding %s is read",
    async (encoding) => {
      const reply = await post('{"a":1}', { "content-encoding": encoding });
      expect(await reply.text()).toBe("2");
    },
  );

  test.each([".5", "5.", "0.2", "1e3", "1E-1", "2e-05", "30", "00.5"])(
    "an x-actions-async-timeout of %s seconds is understood",
    async (seconds) => {
      const headers = { "x-actions-async-timeout": seconds };
      const reply = await server.run("noop", {}, headers);
      expect(reply.status).toBe(200);
    },
  );

  test.each([
    ["x-action-async-timeout", "x-actions-async-timeout"],
    ["x-actions-async-timout", "x-actions-async-timeout"],
    ["x-actions-callback", "x-actions-async-callback"],
    ["x-action-request-id", "x-actions-request-id"],
  ])(
    "the unknown header %s is refused with the name %s",
    async (name, known) => {
      const before = await server.runCount();
      const reply = await server.run("noop", {}, { [name]: "0" });
      expect(reply.status).toBe(400);
      expect(await reply.json()).toMatchObject({
        code: "invalid_header",
        detail: `${name} is not a header that this server knows. Did you mean "${known}"?`,
      });
      expect(await server.runCount()).toBe(before);
    },
  );

  test("headers of 60 KB reach the server", async () => {
    const headers = { x: "a".repeat(60_000) };
    expect((await server.run("noop", {}, headers)).status).toBe(200);
  });

  test("an unknown header that resembles none is refused with the names of all", async () => {
    const reply = await server.run("noop", {}, { "x-actions-zzz": "0" });
    const { detail } = (await reply.json()) as { detail: string };
    expect(reply.status).toBe(400);
    expect(detail).toContain("x-actions-async-timeout, ");
  });

  test.each(["x-action-server-run-id", "x-action-server-pod-ip", "x-request"])(
    "the header %s, which is none of a request, is ignored",
    async (name) => {
      expect((await server.run("noop", {}, { [name]: "1" })).status).toBe(200);
    },
  );

  test.each([
    ["GET", "/api/runs?limt=1", 'Did you mean "limit"?'],
    ["GET", "/api/runs/x?wiat=1", 'Did you mean "wait"?'],
    [
      "GET",
      "/api/runs?limit=1&colour=red",
      "The known ones are limit, before, ",
    ],
    ["POST", "/api/actions/probe/noop/run?wait=1", "There are none here."],
  ])("%s %s has an unknown parameter: %s", async (method, path, said) => {
    const reply = await server.request(path, { method });
    expect(reply.status).toBe(400);
    const problem = (await reply.json()) as { detail: string };
    expect(problem).toMatchObject({ code: "invalid_parameter" });
    expect(problem.detail).toContain(said);
  });

  test.each([
    ["GET", "/api/actions/probe/noop/run", "POST, OPTIONS"],
    ["PUT", "/api/runs", "GET, HEAD, OPTIONS"],
    ["POST", "/api/runs/x", "GET, DELETE, HEAD, OPTIONS"],
    ["DELETE", "/health/live", "GET, HEAD, OPTIONS"],
  ])("%s %s is answered 405 and %s", async (method, path, allow) => {
    const reply = await server.request(path, { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.get("allow")).toBe(allow);
    expect(await reply.json()).toMatchObject({ code: "method_not_allowed" });
    const options = await server.request(path, { method: "OPTIONS" });
    expect(options.status).toBe(204);
    expect(options.headers.get("allow")).toBe(allow);
  });

  test("a path with a slash at its end leads to the one without", async () => {
    const reply = await server.request("/api/actions/probe/add/run/", {
      method: "POST",
      body: '{"a":1}',
      redirect: "follow",
    });
    expect(await reply.text()).toBe("2");
  });

  test("an unknown route is answered with a problem", async () => {
    const reply = await server.request("/nowhere");
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ code: "route_not_found" });
  });

  test.each([
    "/api/runs/%ff",
    "/api/runs/%ff/result",
    "/api/runs/run-id-from-request-id/%e0%a4%a",
  ])("the path %s is refused because it is not UTF-8", async (path) => {
    const reply = await server.sendLines([
      `GET ${path} HTTP/1.1`,
      "host: localhost",
    ]);
    expect(reply).toStartWith("HTTP/1.1 400 ");
    expect(reply).toContain('"code":"invalid_parameter"');
    expect(reply).toContain(path);
  });

  test.each(["x", "api", "a.b", "localhost", "[::1]:80"])(
    "a caller that calls the server %s is served",
    async (host) => {
      const reply = await server.sendLines([
        "POST /api/actions/probe/noop/run HTTP/1.1",
        `host: ${host}`,
      ]);
      expect(reply).toStartWith("HTTP/1.1 200 ");
    },
  );

  test.each(["a/b", "a b", "user@host", "[", "a:65536"])(
    "a caller that calls the server %s is refused",
    async (host) => {
      const reply = await server.sendLines([
        "GET /api/somewhere HTTP/1.1",
        `host: ${host}`,
      ]);
      expect(reply).toStartWith("HTTP/1.1 400 ");
      expect(reply).toContain('"code":"invalid_header"');
      expect(reply).toContain(
        JSON.stringify(JSON.stringify(host)).slice(1, -1),
      );
    },
  );
}
