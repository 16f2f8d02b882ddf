/** Every operation, asked by everybody: the table below must have a line for each of them. */
import { afterAll, describe, expect, test } from "bun:test";
import type { Scope } from "../../../src/access/caller.ts";
import { OPERATIONS } from "../../../src/http/operations.ts";
import { openGuardedApp } from "./guarded-app.ts";

/** What a key of another owner, the owner's and an admin's are answered, all of them with the scope where one is needed. */
const ANSWERS: Readonly<
  Record<string, readonly [stranger: number, owner: number, admin: number]>
> = {
  "GET /api/actionPackages": [200, 200, 200],
  "GET /config": [200, 200, 200],
  "GET /api/runs/:id/artifacts/text-content": [404, 200, 200],
  "GET /api/runs/:id/artifacts/binary-content": [404, 200, 200],
  "GET /api/runs/:id/log.html": [404, 200, 200],
  "GET /api/ws": [400, 400, 400],
  "POST /api/shutdown/": [403, 403, 404],
  "POST /api/secrets": [403, 403, 422],
  "GET /health/live": [200, 200, 200],
  "GET /health/ready": [200, 200, 200],
  "GET /metrics": [404, 404, 404],
  "GET /": [200, 200, 200],
  "GET /actions/:package/:action": [200, 200, 200],
  "GET /runs": [200, 200, 200],
  "GET /runs/:id": [200, 200, 200],
  "GET /callbacks": [200, 200, 200],
  "GET /server": [200, 200, 200],
  "GET /console/:file": [404, 404, 404],
  "GET /docs": [200, 200, 200],
  "GET /docs/docs.js": [200, 200, 200],
  "GET /docs/docs.css": [200, 200, 200],
  "GET /docs/swagger-ui.js": [200, 200, 200],
  "GET /docs/swagger-ui.css": [200, 200, 200],
  "GET /docs/icon.png": [200, 200, 200],
  "GET /openapi.json": [200, 200, 200],
  "GET /api/actions": [200, 200, 200],
  "POST /api/actions/:package/:action/run": [200, 200, 200],
  "GET /api/runs": [200, 200, 200],
  "GET /api/runs/run-id-from-request-id/:request_id": [404, 200, 200],
  "GET /api/runs/:id": [404, 200, 200],
  "GET /api/runs/:id/fields": [404, 200, 200],
  "GET /api/runs/:id/result": [404, 200, 200],
  "GET /api/runs/:id/logs": [404, 200, 200],
  "GET /api/runs/:id/artifacts": [404, 200, 200],
  "GET /api/runs/:id/artifacts/:name": [404, 200, 200],
  "GET /api/runs/:id/events": [404, 200, 200],
  "GET /api/events": [200, 200, 200],
  "GET /api/server": [200, 200, 200],
  "GET /api/statistics": [200, 200, 200],
  "GET /api/keys": [403, 403, 200],
  // They are allowed to ask, and wrong.
  "POST /api/keys": [403, 403, 422],
  "DELETE /api/keys/:key_id": [403, 403, 404],
  "POST /api/runs/:id/cancel": [404, 200, 200],
  "DELETE /api/runs/:id": [403, 403, 204],
  "GET /api/runs/:id/callback": [404, 200, 200],
  "POST /api/runs/:id/callback/redeliver": [403, 403, 200],
  "GET /api/callbacks": [200, 200, 200],
  "POST /api/callbacks/redeliver": [403, 403, 200],
  "POST /mcp": [200, 200, 200],
  "GET /mcp": [200, 200, 200],
  "DELETE /mcp": [200, 200, 200],
  "GET /.well-known/oauth-protected-resource": [404, 404, 404],
  "GET /.well-known/oauth-protected-resource/mcp": [404, 404, 404],
  "ALL /*": [404, 404, 404],
};
const COMMON: readonly Scope[] = ["run", "read", "cancel"];

const app = openGuardedApp();
const keys = {
  stranger: app.addKey({ scopes: COMMON }),
  owner: app.addKey({ id: "key_owner", scopes: COMMON }),
  admin: app.addKey({ scopes: ["admin"] }),
  expired: app.addKey({ scopes: ["admin"], expiresAt: 1 }),
  revoked: app.addKey({ scopes: ["admin"], revokedAt: 1 }),
  wrong: "a-key-that-was-never-made",
};
const without = Object.fromEntries(
  COMMON.map((scope) => [
    scope,
    app.addKey({
      id: `key_without_${scope}`,
      scopes: COMMON.filter((other) => other !== scope),
    }),
  ]),
);
afterAll(() => {
  app[Symbol.dispose]();
});

const ROUTES = OPERATIONS.map(
  (operation) => [`${operation.method} ${operation.path}`, operation] as const,
);

/** What a path needs besides. */
const QUERIES: Readonly<Record<string, string>> = {
  "/api/callbacks/redeliver": "?host=none",
  "/api/runs/:id/artifacts/text-content": "?artifact_names=none",
  "/api/runs/:id/artifacts/binary-content": "?artifact_name=none",
};

describe.each(ROUTES)("%s", (route, { method, path, need }) => {
  const [stranger = 0, owner = 0, admin = 0] = ANSWERS[route] ?? [];

  const ask = async (key: string | undefined) => {
    const run = await app.makeRun("key_owner");
    const url = path
      .replace(":id", run.id)
      .replace(":request_id", run.requestId)
      .replace(":package/:action", "stage/act")
      .replace(/:\w+|\*/g, "none");
    const query = QUERIES[path] ?? "";
    return app.request(`${url}${query}`, {
      method: method === "ALL" ? "PUT" : method,
      headers: {
        "x-actions-async-timeout": "0",
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
    });
  };

  test.each([
    ["no key", undefined],
    ["a wrong key", keys.wrong],
    ["an expired key", keys.expired],
    ["a revoked key", keys.revoked],
  ])(
    "a request with %s is answered 401 unless the route is open",
    async (_, key) => {
      const reply = await ask(key);
      expect(reply.status).toBe(need === "open" ? admin : 401);
      if (need === "open") return;
      expect(reply.headers.get("www-authenticate")).toBe(
        `Bearer realm="actiond"${key === undefined ? "" : ', error="invalid_token"'}`,
      );
      expect(reply.headers.has("x-action-server-run-id")).toBe(false);
      expect(await reply.json()).toMatchObject({ code: "unauthorized" });
    },
  );

  test("a request with a key that lacks the scope is answered 403", async () => {
    const reply = await ask(without[need] ?? keys.owner);
    if (need === "open" || need === "key") {
      expect(reply.status).toBe(owner);
      return;
    }
    expect(reply.status).toBe(403);
    expect(reply.headers.has("x-action-server-run-id")).toBe(false);
    const problem = (await reply.json()) as { code: string; detail: string };
    expect(problem.code).toBe("forbidden");
    expect(problem.detail).toContain(`lacks the scope "${need}"`);
  });

  test.each([
    ["another owner's key", keys.stranger, stranger],
    ["its owner's key", keys.owner, owner],
    ["an admin's key", keys.admin, admin],
  ])(
    "a request with %s is answered as the table says",
    async (_, key, status) => {
      const reply = await ask(key);
      expect(reply.status).toBe(status);
      // What is not there for a caller is not hinted at either.
      if (status === 404)
        expect(reply.headers.has("x-action-server-run-id")).toBe(false);
    },
  );
});

/** @returns how many runs the list of actions shows as running to a stranger, the owner and an admin */
async function countRunning(): Promise<number[]> {
  const counts: number[] = [];
  for (const key of [keys.stranger, keys.owner, keys.admin]) {
    const reply = await app.request("/api/actions", {
      headers: { "x-api-key": key },
    });
    const [listed] = (await reply.json()) as { running: number }[];
    counts.push(listed?.running ?? NaN);
  }
  return counts;
}

test("a running run is neither waited for nor hinted at with another owner's key", async () => {
  const before = await countRunning();
  const { run } = await app.stage.accept({
    caller: {
      keyId: "key_owner",
      name: "owner",
      scopes: COMMON,
      packages: null,
    },
  });
  const ask = (id: string, rest: string, method = "GET") =>
    app.request(`/api/runs/${id}${rest}`, {
      method,
      headers: { "x-api-key": keys.stranger },
    });
  // Whoever is told nothing does not wait either: that would take as long as the test may.
  for (const [rest, method] of [
    ["?wait=600"],
    ["/result?wait=600"],
    ["/fields"],
    ["/cancel", "POST"],
  ]) {
    const hidden = await ask(run.id, rest ?? "", method);
    const missing = await ask("none", rest ?? "", method);
    expect(hidden.status).toBe(404);
    expect([...hidden.headers]).toEqual([...missing.headers]);
    expect((await hidden.text()).replaceAll(run.id, "none")).toBe(
      await missing.text(),
    );
  }
  expect(run.isEndedEarly).toBe(false);
  // Nor is it counted for others in the list of actions.
  const after = await countRunning();
  expect(after.map((count, index) => count - Number(before[index]))).toEqual([
    0, 1, 1,
  ]);
  app.stage.calls.at(-1)?.end(null);
});

test("each line of the table belongs to an operation", () => {
  const routes = ROUTES.map(([route]) => route);
  expect(Object.keys(ANSWERS).toSorted()).toEqual(routes.toSorted());
});

describe("without a key", () => {
  test.each(["HEAD", "OPTIONS", "PATCH"])(
    "a request with the method %s is answered 401 without a key",
    async (method) => {
      expect((await app.request("/api/runs", { method })).status).toBe(401);
    },
  );

  test("the body of a request without a key is not read", async () => {
    const body = new ReadableStream({ pull: () => new Promise(() => {}) });
    const reply = await app.request("/api/actions/stage/act/run", {
      method: "POST",
      body,
    });
    expect(reply.status).toBe(401);
  });

  test("the headers and the path of a request without a key are not looked at", async () => {
    const headers = { "x-actions-async-timeout": "abc" };
    const path = "/api/actions/stage/act/run";
    expect((await app.request(path, { method: "POST", headers })).status).toBe(
      401,
    );
    expect((await app.request("/api/runs/%ff")).status).toBe(401);
  });
});

test("a key may be sent in either header, but not two different keys", async () => {
  const status = async (headers: Record<string, string>) =>
    (await app.request("/api/runs", { headers })).status;
  expect(await status({ "x-api-key": keys.owner })).toBe(200);
  expect(await status({ authorization: `bEARER  ${keys.owner}` })).toBe(200);
  expect(await status({ authorization: `Basic ${keys.owner}` })).toBe(401);
  expect(await status({ authorization: keys.owner })).toBe(401);
  const both = {
    "x-api-key": keys.owner,
    authorization: `Bearer ${keys.admin}`,
  };
  expect(await status(both)).toBe(400);
});
