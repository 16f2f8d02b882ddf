/** Running an action: every way in which a run ends while its caller waits. */
import { describe, expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { openScene, RUN_ID } from "../scene.ts";

const UUID = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

export function describeRunning(start: Start): void {
  const server = openScene(start, ["--max-result-bytes", "2KB"]);

  test.each([
    ["echo", { a: [1, "ü", null] }, '{"a":[1,"ü",null]}'],
    ["add", { a: 1, b: 2 }, "3"],
    ["add", { a: 1 }, "2"],
    ["null-result", {}, "null"],
    ["undefined-result", {}, "null"],
    ["noop", undefined, "null"],
  ])(
    "the action %s with the input %j is answered %p",
    async (action, input, body) => {
      const reply = await server.run(action, input);
      expect(reply.status).toBe(200);
      expect(reply.headers.get("content-type")).toBe("application/json");
      expect(reply.headers.get(RUN_ID)).toMatch(UUID);
      expect(reply.headers.has("x-action-async-completion")).toBe(false);
      expect(await reply.text()).toBe(body);
    },
  );

  test.each([
    ["fail", 500, "action_failed", "action", "Unexpected error (TypeError)"],
    [
      "throws-a-string",
      500,
      "action_failed",
      "action",
      "Unexpected error (string)",
    ],
    [
      "bad-result",
      500,
      "invalid_result",
      "server",
      "does not match its output",
    ],
    [
      "cyclic-result",
      500,
      "invalid_result",
      "server",
      "cannot be written as JSON",
    ],
    [
      "bigint-result",
      500,
      "invalid_result",
      "server",
      "cannot be written as JSON",
    ],
  ])(
    "the action %s is answered %d %s",
    async (action, status, code, source, detail) => {
      const reply = await server.run(action, {});
      expect(reply.status).toBe(status);
      expect(reply.headers.get("content-type")).toBe(
        "application/problem+json",
      );
      const problem = (await reply.json()) as Record<string, unknown>;
      expect(problem).toEqual({
        type: `urn:actiond:problem:${code}`,
        title: expect.any(String),
        status,
        detail: expect.stringContaining(detail),
        error_code: "internal-error",
        message: problem["detail"],
        code,
        source,
        retryable: false,
        run_id: reply.headers.get(RUN_ID),
      });
    },
  );

  test("an unexpected error keeps its message to itself", async () => {
    const reply = await server.run("fail", {});
    expect(await reply.text()).not.toContain("secret detail");
  });

  test("the code, message and data of an ActionError reach the caller", async () => {
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

  test("a result that is too large fails the run and the problem says its size", async () => {
    const reply = await server.run("huge-result", { bytes: 5000 });
    expect(reply.status).toBe(500);
    expect(await reply.json()).toMatchObject({
      code: "result_too_large",
      detail: expect.stringMatching(/has \d{4} bytes, more than the 2048/),
    });
  });

  test("an action knows its run id, request id and trace context", async () => {
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

  describe("runs whose time is up", () => {
    test("a run whose time is up fails with 504 and its signal aborts", async () => {
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

    test("a run whose time is up fails even if its caller no longer waits", async () => {
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

    test("a run that ends before its timeout passes", async () => {
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
}
