/** What each route answers to whom. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { NEEDS, Rules } from "../../src/http/rules.ts";
import { startInProcess, type TestServer } from "../server.ts";

const KEY = "the-one-key-of-this-server";

let server: TestServer;
beforeAll(async () => {
  server = await startInProcess({ environment: { ACTIOND_API_KEY: KEY } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ROUTES = Object.entries(NEEDS).map(([route, need]) => {
  const [method = "", path = ""] = route.split(" ");
  return { route, need, method: method === "ALL" ? "PUT" : method, path };
});

test.each(ROUTES)("$route needs a key, or is open", async (route) => {
  const ask = (headers: Record<string, string>) =>
    server.request(route.path.replace(/:\w+|\*/g, "none"), {
      method: route.method,
      headers,
    });
  const without = await ask({});
  const withKey = await ask({ authorization: `bearer ${KEY}` });
  expect([401, 403]).not.toContain(withKey.status);
  if (route.need === "open") {
    expect(without.status).toBe(withKey.status);
    return;
  }
  expect(without.status).toBe(401);
  expect(without.headers.get("www-authenticate")).toBe(
    'Bearer realm="actiond"',
  );
  expect(await without.json()).toMatchObject({
    code: "unauthorized",
    status: 401,
  });
  const wrong = await ask({ "x-api-key": `${KEY}.` });
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get("www-authenticate")).toBe(
    'Bearer realm="actiond", error="invalid_token"',
  );
});

test("a body is not read before the key is", async () => {
  const body = new ReadableStream({
    pull: () => new Promise(() => {}),
  });
  const reply = await server.request("/api/actions/probe/noop/run", {
    method: "POST",
    body,
  });
  expect(reply.status).toBe(401);
});

test("a wrong header is not looked at before the key is", async () => {
  const headers = { "x-actions-async-timeout": "abc" };
  expect((await server.run("noop", {}, headers)).status).toBe(401);
  expect(
    (await server.run("noop", {}, { ...headers, "x-api-key": KEY })).status,
  ).toBe(400);
});

test("two different keys are a wrong request", async () => {
  const reply = await server.request("/api/runs", {
    headers: { authorization: `Bearer ${KEY}`, "x-api-key": "another" },
  });
  expect(reply.status).toBe(400);
});

test("a route without a rule stops the start", () => {
  expect(() => {
    new Rules().cover([{ method: "GET", path: "/api/secrets" }]);
  }).toThrow("The route GET /api/secrets has no rule in http/rules.ts.");
  expect(new Rules().find("GET", "/api/secrets").need).toBe("admin");
});
