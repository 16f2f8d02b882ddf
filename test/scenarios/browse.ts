/** What browsers may do: by which names, and from which pages. */
import { describe, expect, test } from "bun:test";
import type { Start } from "../server.ts";
import { openScene } from "./scene.ts";

const RUN = "POST /api/actions/probe/noop/run HTTP/1.1";
const FRIEND = "https://friend.example";

export function describeBrowsing(start: Start): void {
  const server = openScene(start, [
    "--cors-origin",
    FRIEND,
    "--allow-host",
    "api.internal,x",
  ]);

  test.each([
    "localhost",
    "LOCALHOST:8080",
    "app.localhost:1",
    "localhost.",
    "127.0.0.1",
    "127.9.9.9:80",
    "127.1",
    "[::1]:80",
    "api.internal",
    "API.internal:81",
    "x",
  ])("it is called %s", async (host) => {
    const reply = await server.sendLines([RUN, `host: ${host}`]);
    expect(reply).toStartWith("HTTP/1.1 200 ");
  });

  test.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
    "[::2]",
    "localhost, evil.example",
    "xx",
  ])("it is not called %s, whatever is asked", async (host) => {
    for (const line of [
      RUN,
      "GET /api/runs HTTP/1.1",
      "GET /docs HTTP/1.1",
      "GET /health/live HTTP/1.1",
    ]) {
      const reply = await server.sendLines([line, `host: ${host}`]);
      expect(reply).toMatch(/^HTTP\/1.1 4(?:21|00) /);
      expect(reply).toMatch(/"code":"(?:misdirected_request|invalid_header)"/);
    }
  });

  describe("a page of an origin that nobody named", () => {
    test.each([
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: "http://localhost:1" },
      { "sec-fetch-site": "cross-site" },
    ])("starts nothing: %j", async (headers) => {
      const before = await server.runCount();
      for (const [method, path] of [
        ["POST", "/api/actions/probe/noop/run"],
        ["POST", "/api/runs/any/cancel"],
        ["DELETE", "/api/runs/any"],
        ["POST", "/api/callbacks/redeliver?host=a"],
      ] as const) {
        const reply = await server.request(path, { method, headers });
        expect(reply.status).toBe(403);
        expect(await reply.json()).toMatchObject({
          code: "origin_not_allowed",
        });
        expect(reply.headers.has("access-control-allow-origin")).toBe(false);
      }
      expect(await server.runCount()).toBe(before);
    });

    test("has no answer to its preflight, and can read nothing", async () => {
      const headers = {
        origin: "https://evil.example",
        "access-control-request-method": "POST",
      };
      for (const method of ["OPTIONS", "GET"]) {
        const reply = await server.request("/api/runs", { method, headers });
        expect([...reply.headers.keys()].join()).not.toContain(
          "access-control",
        );
      }
    });
  });

  test("a page of the server's own may do everything", async () => {
    const reply = await server.run("noop", {}, { origin: server.url() });
    expect(reply.status).toBe(200);
  });

  test("a page of an origin that was named may do everything, and read the answer", async () => {
    const preflight = await server.request("/api/actions/probe/noop/run", {
      method: "OPTIONS",
      headers: {
        origin: FRIEND,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type, x-api-key",
      },
    });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": FRIEND,
      "access-control-allow-methods": "GET, POST, DELETE",
      "access-control-allow-headers": expect.stringContaining("x-api-key"),
      vary: "origin",
    });
    for (const action of ["noop", "fail"]) {
      const reply = await server.run(action, {}, { origin: FRIEND });
      expect(reply.headers.get("access-control-allow-origin")).toBe(FRIEND);
      expect(reply.headers.get("access-control-expose-headers")).toContain(
        "x-action-server-run-id",
      );
      expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
      expect(reply.headers.get("vary")).toBe("origin");
    }
    const missing = await server.request("/api/nothing", {
      headers: { origin: FRIEND },
    });
    expect(missing.status).toBe(404);
    expect(missing.headers.get("access-control-allow-origin")).toBe(FRIEND);
    const health = await server.request("/health/live", {
      headers: { origin: FRIEND },
    });
    expect(health.headers.get("access-control-allow-origin")).toBe(FRIEND);
  });

  test("without an origin nothing is said of origins", async () => {
    const reply = await server.run("noop");
    expect(reply.headers.has("vary")).toBe(false);
    expect([...reply.headers.keys()].join()).not.toContain("access-control");
  });
}
