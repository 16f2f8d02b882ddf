/** Pages in browsers: which may use the server, and by which names it may be called. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { openScene } from "../scene.ts";

const NAMED = "https://app.example.com";
const STRANGER = "https://stranger.example";
const RUN = "/api/actions/probe/echo/run";

export function describeBrowsing(start: Start): void {
  const scene = openScene(start, [
    "--cors-origin",
    NAMED,
    "--allow-host",
    "actions.example.com",
  ]);
  const ask = (
    method: string,
    path: string,
    headers: Record<string, string> = {},
  ) =>
    scene.sendLines([
      `${method} ${path} HTTP/1.1`,
      ...Object.entries({ host: "localhost", ...headers }).map(
        ([name, value]) => `${name}: ${value}`,
      ),
    ]);

  test("a page of a named origin is told what it may send, then runs an action and reads all of the reply", async () => {
    const preflight = await scene.request(RUN, {
      method: "OPTIONS",
      headers: {
        origin: NAMED,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-api-key",
      },
    });
    expect(preflight.status).toBe(204);
    const { headers } = preflight;
    expect(headers.get("access-control-allow-origin")).toBe(NAMED);
    expect(headers.get("access-control-allow-methods")).toContain("DELETE");
    expect(headers.get("access-control-allow-headers")).toMatch(
      /authorization, x-api-key, content-type, .*x-actions-async-timeout.*idempotency-key/,
    );
    expect(headers.get("access-control-allow-credentials")).toBeNull();
    expect(headers.get("vary")).toBe("origin");
    const reply = await scene.run("echo", { text: "hi" }, { origin: NAMED });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("access-control-allow-origin")).toBe(NAMED);
    expect(reply.headers.get("access-control-expose-headers")).toMatch(
      /x-action-server-run-id.*location.*retry-after.*link/,
    );
  });

  test("a page of a named origin can read a problem", async () => {
    const reply = await scene.run("bogus", {}, { origin: NAMED });
    expect(reply.status).toBe(404);
    expect(reply.headers.get("access-control-allow-origin")).toBe(NAMED);
    expect(reply.headers.get("vary")).toBe("origin");
  });

  test.each(["cross-site", "same-site"])(
    "a %s request that changes something is refused even if it names no origin",
    async (site) => {
      const reply = await scene.run("echo", {}, { "sec-fetch-site": site });
      expect(reply.status).toBe(403);
      expect(await reply.json()).toMatchObject({ code: "origin_not_allowed" });
      const look = { headers: { "sec-fetch-site": site } };
      expect((await scene.request("/api/runs", look)).status).toBe(200);
    },
  );

  test.each(["same-origin", "none"])(
    "a request whose sec-fetch-site is %s is served",
    async (site) => {
      const reply = await scene.run("echo", {}, { "sec-fetch-site": site });
      expect(reply.status).toBe(200);
    },
  );

  test.each([
    STRANGER,
    "null",
    "",
    "https://app.example.com.stranger.example",
    "http://app.example.com",
    "https://app.example.com:8443",
    "http://localhost:1",
  ])(
    "a page of the origin %p changes nothing and reads nothing",
    async (origin) => {
      const before = await scene.runCount();
      const id = await scene.begin("noop");
      const changes = [
        ["POST", RUN],
        ["POST", `/api/runs/${id}/cancel`],
        ["DELETE", `/api/runs/${id}`],
        ["POST", "/api/callbacks/redeliver?host=a"],
        ["PUT", "/nowhere"],
      ] as const;
      for (const [method, path] of changes) {
        const reply = await scene.request(path, {
          method,
          headers: { origin },
        });
        expect(reply.status).toBe(403);
        expect(await reply.json()).toMatchObject({
          code: "origin_not_allowed",
        });
        expect(reply.headers.get("access-control-allow-origin")).toBeNull();
      }
      const preflight = await scene.request(RUN, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
      expect(preflight.status).toBe(403);
      const read = await scene.request("/api/runs", { headers: { origin } });
      expect(read.status).toBe(200);
      expect(read.headers.get("access-control-allow-origin")).toBeNull();
      expect(read.headers.get("vary")).toBe("accept-encoding, origin");
      expect(await scene.runCount()).toBe(before + 1);
    },
  );

  test.each([
    ["http://localhost", "localhost"],
    ["https://localhost", "localhost"],
    ["http://127.0.0.1:8080", "127.0.0.1:8080"],
    ["http://actions.example.com", "Actions.example.com"],
  ])(
    "a page of the origin %p may use the server called %p",
    async (origin, host) => {
      expect(await ask("POST", RUN, { origin, host })).toStartWith(
        "HTTP/1.1 200 ",
      );
    },
  );

  test.each([
    "localhost",
    "LOCALHOST:8080",
    "app.localhost",
    "localhost.",
    "127.0.0.1",
    "127.8.9.10:1",
    "[::1]:8080",
    "actions.example.com:8080",
  ])("a request may call the server %p", async (host) => {
    expect(await ask("GET", "/api/runs", { host })).toStartWith(
      "HTTP/1.1 200 ",
    );
  });

  test.each([
    "evil.example",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.0.2.1",
    "[::2]",
    "notlocalhost",
    "evil.actions.example.com",
  ])("a request may not call the server %p", async (host) => {
    for (const [method, path] of [
      ["GET", "/api/runs"],
      ["GET", "/docs"],
      ["POST", RUN],
      ["OPTIONS", RUN],
    ] as const) {
      const reply = await ask(method, path, { host });
      expect(reply).toStartWith("HTTP/1.1 421 ");
      expect(reply).toContain('"code":"host_not_allowed"');
    }
  });

  test.each([
    "/docs/../api/runs",
    "/docs/%2e%2e/api/runs",
    "/docs/.%2E/api/runs",
    "/docs\\..\\api\\runs",
    "/api\\runs",
    "/api/runs\\",
    "/api/runs/.",
    "/api/./runs",
    "/api/runs/%2e/",
    "/health/live/../../api/runs",
    "/health/live/..\\..\\..\\health\\live",
    "/docs//../../api/runs",
    "/a/b/c/d/e/f/g/h/i/../../../../../../../../../api/runs",
    "/api/runs#/docs",
    "http://localhost/docs/../api/runs",
  ])(
    "the target %p, which a proxy may read otherwise, is refused",
    async (target) => {
      const reply = await ask("GET", target);
      expect(reply).toStartWith("HTTP/1.1 400 ");
      expect(reply).toContain('"code":"invalid_target"');
    },
  );

  test.each(["/api/runs?package=a/../b", "/api/runs/?limit=1", "/docs/"])(
    "the target %p is read as it is",
    async (target) => {
      expect(await ask("GET", target)).not.toContain("invalid_target");
    },
  );

  test.each(["localhost\r\nHost: localhost", "a b", "", "u:p@evil"])(
    "a health check with the Host header %p is refused",
    async (host) => {
      expect(await ask("GET", "/health/live", { host })).toStartWith(
        "HTTP/1.1 400 ",
      );
    },
  );

  test.each([
    "localhost, evil.example",
    "a b",
    "localhost:80:80",
    "user@localhost",
  ])("a request with the Host header %p is refused", async (host) => {
    expect(await ask("GET", "/api/runs", { host })).toStartWith(
      "HTTP/1.1 400 ",
    );
  });

  test("no reply may be taken for another type, and no page may frame the docs", async () => {
    for (const path of [
      "/docs",
      "/openapi.json",
      "/api/runs",
      "/nowhere",
      "/",
    ]) {
      const { headers } = await scene.request(path);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
    const { headers } = await scene.request("/docs");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    const policy = headers.get("content-security-policy");
    expect(policy).toContain("frame-ancestors 'none'");
    // Besides the server's own scripts only one that has nothing in it may be within the page.
    expect(policy).toMatch(/script-src 'self' 'sha256-[^ ]+';/);
  });
}
