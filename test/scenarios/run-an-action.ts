/** Running an action: every row of the tables of request headers and outcomes. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Start, TestServer } from "../server.ts";
import { makeGate } from "./gate.ts";

const RUN_ID = "x-action-server-run-id";
const UUID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
const JSON_TYPE = { "content-type": "application/json" };

export function describeRunning(start: Start): void {
  let server: TestServer;
  beforeAll(async () => {
    server = await start({
      options: ["--max-input-bytes", "1KB", "--max-result-bytes", "2KB"],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const runCount = async () => {
    const [newest] = (await (
      await server.request("/api/runs?limit=1")
    ).json()) as { numbered_id: number }[];
    return newest?.numbered_id ?? 0;
  };

  describe("a run that ends in time", () => {
    test.each([
      ["echo", { a: [1, "ü", null] }, '{"a":[1,"ü",null]}'],
      ["add", { a: 1, b: 2 }, "3"],
      ["add", { a: 1 }, "2"],
      ["null-result", {}, "null"],
      ["undefined-result", {}, "null"],
      ["noop", undefined, "null"],
    ])("%s of %j is %p", async (action, input, body) => {
      const reply = await server.run(action, input);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("content-type")).toBe("application/json");
      expect(reply.headers.get(RUN_ID)).toMatch(UUID);
      expect(reply.headers.has("x-action-async-completion")).toBe(false);
      expect(await reply.text()).toBe(body);
    });

    test.each([
      ["fail", 500, "action_failed", "action", "Unexpected error (TypeError)"],
      [
        "throws-a-string",
        500,
        "action_failed",
        "action",
        "Unexpected error (string)",
      ],
      ["bad-result", 500, "invalid_result", "server", "breaks its output"],
      ["cyclic-result", 500, "invalid_result", "server", "is no JSON"],
      ["bigint-result", 500, "invalid_result", "server", "is no JSON"],
    ])("%s is %d %s", async (action, status, code, source, detail) => {
      const reply = await server.run(action, {});
      expect(reply.status).toBe(status);
      expect(reply.headers.get("content-type")).toBe(
        "application/problem+json",
      );
      expect(await reply.json()).toEqual({
        type: `urn:actiond:problem:${code}`,
        title: expect.any(String),
        status,
        detail: expect.stringContaining(detail),
        code,
        source,
        retryable: false,
        run_id: reply.headers.get(RUN_ID),
      });
    });

    test("an unexpected error keeps its message to itself", async () => {
      const reply = await server.run("fail", {});
      expect(await reply.text()).not.toContain("secret detail");
    });

    test("an ActionError speaks to the caller", async () => {
      const reply = await server.run("refuse", {});
      expect(reply.status).toBe(422);
      expect(await reply.json()).toMatchObject({
        type: "urn:actiond:problem:action_failed",
        code: "out_of_stock",
        source: "action",
        data: { left: 0 },
        run_id: reply.headers.get(RUN_ID),
      });
    });

    test("a result that is too large fails the run, with the size", async () => {
      const reply = await server.run("huge-result", { bytes: 5000 });
      expect(reply.status).toBe(500);
      expect(await reply.json()).toMatchObject({
        code: "result_too_large",
        detail: expect.stringMatching(/has \d{4} bytes, more than the 2048/),
      });
    });

    test("knows of itself what its caller knows", async () => {
      const reply = await server.run(
        "context",
        {},
        { "x-actions-request-id": "r-1" },
      );
      expect(await reply.json()).toEqual({
        runId: reply.headers.get(RUN_ID),
        requestId: "r-1",
        attempt: 1,
      });
    });
  });

  describe("a run that is not finished in time", () => {
    test("is 200 async-return, with where to look", async () => {
      const gate = makeGate();
      const reply = await server.run("gate", gate.input, {
        "x-actions-async-timeout": "0.02",
      });
      const id = reply.headers.get(RUN_ID) ?? "";
      expect(reply.status).toBe(200);
      expect(await reply.text()).toBe('"async-return"');
      expect(reply.headers.get("x-action-async-completion")).toBe("1");
      expect(reply.headers.get("location")).toBe(`/api/runs/${id}`);
      const run = await (await server.request(`/api/runs/${id}`)).json();
      expect(run).toMatchObject({ status: 1, detached: true });
      gate.open("done");
      const result = await server.request(`/api/runs/${id}/result?wait=10`);
      expect(await result.text()).toBe('"done"');
    });

    test("with a wait of 0 is known before it is told", async () => {
      const reply = await server.run(
        "noop",
        {},
        { "x-actions-async-timeout": "0" },
      );
      expect(await reply.text()).toBe('"async-return"');
      const id = reply.headers.get(RUN_ID);
      expect((await server.request(`/api/runs/${id}`)).status).toBe(200);
    });

    test.each([
      ["respond-async", "respond-async"],
      ["wait=0", "wait=0"],
      ["Respond-Async, WAIT=0", "respond-async, wait=0"],
      ['return=minimal, wait="0"; x=y', "wait=0"],
      ["wait=0, wait=100", "wait=0"],
      ['foo="a, wait=7", respond-async', "respond-async"],
    ])("preferring %s is 202", async (prefer, applied) => {
      const gate = makeGate();
      const reply = await server.run("gate", gate.input, { prefer });
      gate.open();
      const id = reply.headers.get(RUN_ID);
      expect(reply.status).toBe(202);
      expect(reply.headers.get("preference-applied")).toBe(applied);
      expect(reply.headers.get("x-action-async-completion")).toBe("1");
      expect(reply.headers.get("location")).toBe(`/api/runs/${id}`);
      expect(reply.headers.get("retry-after")).toBe("1");
      expect(await reply.json()).toMatchObject({ id, detached: true });
    });

    test("preferring to wait in several headers waits", async () => {
      const headers = new Headers(JSON_TYPE);
      headers.append("prefer", "wait=60");
      headers.append("prefer", "respond-async");
      const reply = await server.request("/api/actions/probe/add/run", {
        method: "POST",
        headers,
        body: '{"a":1}',
      });
      expect(reply.status).toBe(200);
      expect(await reply.text()).toBe("2");
    });

    test("x-actions-async-timeout wins over Prefer", async () => {
      const reply = await server.run(
        "noop",
        {},
        {
          "x-actions-async-timeout": "0",
          prefer: "respond-async",
        },
      );
      expect(reply.status).toBe(200);
    });
  });

  describe("what is refused makes no run", () => {
    test.each([
      ["x-actions-async-timeout", "abc"],
      ["x-actions-async-timeout", ""],
      ["x-actions-async-timeout", "-1"],
      ["x-actions-async-timeout", "nan"],
      ["x-actions-async-timeout", "inf"],
      ["x-actions-async-timeout", "1e3"],
      ["x-actions-async-timeout", "1_0"],
      ["x-actions-async-timeout", "1, 2"],
      ["x-actions-async-callback", "not a url"],
      ["x-actions-async-callback", "/relative"],
      ["x-actions-async-callback", "ftp://example.com/"],
      ["x-actions-request-id", "ü"],
      ["x-actions-request-id", "x".repeat(256)],
      ["idempotency-key", ""],
      ["idempotency-key", '"open'],
      ["idempotency-key", '""'],
      ["x-actions-on-disconnect", "explode"],
      ["x-actions-run-timeout", "0"],
      ["x-actions-run-timeout", "1s"],
      ["x-actions-start-timeout", "-1"],
      ["x-actions-start-timeout", ""],
    ])("%s: %p", async (name, value) => {
      const before = await runCount();
      const reply = await server.run("noop", {}, { [name]: value });
      expect(reply.status).toBe(400);
      expect(reply.headers.has(RUN_ID)).toBe(false);
      const problem = (await reply.json()) as { detail: string };
      expect(problem).toMatchObject({
        code: "invalid_header",
        source: "server",
      });
      expect(problem.detail.toLowerCase()).toStartWith(name);
      expect(await runCount()).toBe(before);
    });

    test.each([
      ["wait=-1"],
      ["wait=abc"],
      ["respond-async=maybe"],
      ["=;,"],
      ["wait"],
      [""],
    ])("but the malformed preference %p is ignored", async (prefer) => {
      const reply = await server.run("add", { a: 1 }, { prefer });
      expect(reply.status).toBe(200);
      expect(await reply.text()).toBe("2");
    });

    test.each(["x-actions-async-callback", "x-actions-request-id"])(
      "but an empty %s is none",
      async (name) => {
        expect((await server.run("noop", {}, { [name]: "" })).status).toBe(200);
      },
    );

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
      ["no JSON", 400, "invalid_json", "{a:1}", JSON_TYPE],
      ["half JSON", 400, "invalid_json", '{"a":1', JSON_TYPE],
      [
        "another type",
        415,
        "unsupported_media_type",
        '{"a":1}',
        { "content-type": "text/plain" },
      ],
      [
        "a form",
        415,
        "unsupported_media_type",
        "a=1",
        { "content-type": "application/x-www-form-urlencoded" },
      ],
      [
        "something packed",
        415,
        "unsupported_media_type",
        '{"a":1}',
        { ...JSON_TYPE, "content-encoding": "gzip" },
      ],
      [
        "too much",
        413,
        "input_too_large",
        JSON.stringify({ a: 1, b: "x".repeat(2000) }),
        JSON_TYPE,
      ],
      ["a string for a number", 422, "invalid_input", '{"a":"1"}', JSON_TYPE],
      [
        "nothing where something is needed",
        422,
        "invalid_input",
        "",
        JSON_TYPE,
      ],
      ["a list", 422, "invalid_input", "[]", JSON_TYPE],
    ])(
      "%s is %d %s, also with wait 0",
      async (_, status, code, body, headers) => {
        const before = await runCount();
        for (const wait of [{}, { "x-actions-async-timeout": "0" }]) {
          const reply = await post(body, { ...headers, ...wait });
          expect(reply.status).toBe(status);
          expect(await reply.json()).toMatchObject({ code, status });
        }
        expect(await runCount()).toBe(before);
      },
    );

    test("a body of unknown length is cut off where it is too large", async () => {
      const stream = new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.from(" ".repeat(600)));
        },
      });
      const reply = await post(stream, JSON_TYPE).catch(() => undefined);
      expect(reply?.status ?? 413).toBe(413);
    });

    test("a body of unknown length is taken where it is not", async () => {
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

    test("invalid input says where it is wrong", async () => {
      const reply = await server.run("add", { a: true, b: "x" });
      expect(await reply.json()).toMatchObject({
        errors: [
          { path: "/a", message: expect.any(String) },
          { path: "/b", message: expect.any(String) },
        ],
      });
    });

    test.each(["probe/nothing", "nothing/noop", "__proto__/constructor"])(
      "%s is no action",
      async (address) => {
        const reply = await server.request(`/api/actions/${address}/run`, {
          method: "POST",
        });
        expect(reply.status).toBe(404);
        expect(await reply.json()).toMatchObject({ code: "action_not_found" });
      },
    );
  });

  describe("a run whose time is up", () => {
    test("fails with 504, and its code is told", async () => {
      const reply = await server.run(
        "forever",
        {},
        {
          "x-actions-run-timeout": "0.02",
        },
      );
      expect(reply.status).toBe(504);
      expect(await reply.json()).toMatchObject({
        code: "run_timed_out",
        source: "server",
        detail: "The run did not end within 0.02 s.",
        run_id: reply.headers.get(RUN_ID),
      });
    });

    test("does so also when its caller waits no more", async () => {
      const reply = await server.run(
        "forever",
        {},
        {
          "x-actions-run-timeout": "0.02",
          "x-actions-async-timeout": "0",
        },
      );
      const id = reply.headers.get(RUN_ID);
      const result = await server.request(`/api/runs/${id}/result?wait=10`);
      expect(result.status).toBe(504);
    });

    test("is not one that ends before", async () => {
      const reply = await server.run(
        "add",
        { a: 1 },
        {
          "x-actions-run-timeout": "30",
          "x-actions-start-timeout": "30",
        },
      );
      expect(await reply.text()).toBe("2");
    });
  });

  test("the same idempotency key and request is one run, a hundred at once", async () => {
    const gate = makeGate();
    const headers = { "idempotency-key": "hundred" };
    const replies = Array.from({ length: 100 }, () =>
      server.run("gate", gate.input, headers),
    );
    const before = await runCount();
    gate.open("once");
    const ids = new Set<string | null>();
    let newCount = 0;
    for (const reply of await Promise.all(replies)) {
      expect(await reply.text()).toBe('"once"');
      ids.add(reply.headers.get(RUN_ID));
      if (!reply.headers.has("idempotency-replayed")) newCount += 1;
    }
    expect(ids.size).toBe(1);
    expect(newCount).toBe(1);
    expect((await runCount()) - before).toBeLessThanOrEqual(1);

    const later = await server.run("gate", gate.input, {
      "idempotency-key": '"hundred"',
    });
    expect(later.headers.get("idempotency-replayed")).toBe("true");
    expect(await later.text()).toBe('"once"');
    expect(ids.has(later.headers.get(RUN_ID))).toBe(true);

    const other = await server.run("gate", { path: "/other" }, headers);
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({
      code: "idempotency_key_reused",
    });
  });

  test("a repeated request is answered as it was: async-return, or the problem", async () => {
    const detach = { "x-actions-async-timeout": "0", "idempotency-key": "d" };
    const first = await server.run("noop", {}, detach);
    const again = await server.run("noop", {}, detach);
    expect(await again.text()).toBe('"async-return"');
    expect(again.headers.get(RUN_ID)).toBe(first.headers.get(RUN_ID));

    const failing = { "idempotency-key": "f" };
    expect((await server.run("refuse", {}, failing)).status).toBe(422);
    const repeated = await server.run("refuse", {}, failing);
    expect(repeated.status).toBe(422);
    expect(repeated.headers.get("idempotency-replayed")).toBe("true");
    expect(await repeated.json()).toMatchObject({ code: "out_of_stock" });
  });
}
