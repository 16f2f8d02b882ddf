/** Which access tokens are accepted, and what their owners may do. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  base64url,
  type CryptoKey,
  decodeProtectedHeader,
  generateKeyPair,
  SignJWT,
} from "jose";
import type { ServerError } from "../../src/errors.ts";
import { TokenChecker } from "../../src/oauth/token-checker.ts";
import { startInProcess, type TestServer } from "../server.ts";
import { silentLog } from "../silent-log.ts";
import { inAnHour, type Members, TestIssuer } from "./test-issuer.ts";

const URL = "https://actions.example.com";
const KEY = "a-key-beside-the-tokens";
/** Nobody listens there. */
const UNREACHABLE = "http://127.0.0.1:1/keys";

let issuer: TestIssuer;
let server: TestServer;
beforeAll(async () => {
  issuer = await TestIssuer.open();
  server = await startInProcess({
    environment: { ACTIOND_API_KEY: KEY },
    options: [
      "--oauth-issuer",
      issuer.url,
      "--server-url",
      URL,
      "--oauth-packages-claim",
      "packages",
    ],
  });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await issuer[Symbol.asyncDispose]();
});

const claims = (more: Members = {}): Members => ({
  sub: "alice",
  aud: URL,
  exp: inAnHour(),
  scope: "openid actiond:run actiond:read",
  packages: ["probe"],
  ...more,
});

const ask = (token: string, path = "/api/runs", init: RequestInit = {}) =>
  server.request(path, {
    ...init,
    headers: { authorization: `Bearer ${token}` },
  });
const run = (token: string) =>
  ask(token, "/api/actions/probe/noop/run", { method: "POST", body: "{}" });

/** JSON in base64url, as the parts of a token are. */
const encode = (value: object) => base64url.encode(JSON.stringify(value));

describe("a token is accepted", () => {
  test.each<[string, Members, Members]>([
    ["for the URL of the server", {}, {}],
    ["for that of MCP", { aud: `${URL}/mcp` }, {}],
    ["for one of several audiences", { aud: ["x", `${URL}/`] }, {}],
    ["of an issuer that calls it a JWT", {}, { typ: "JWT" }],
    ["of one that does not say what it is", {}, { typ: undefined }],
    ["whose clock is a little ahead", { exp: inAnHour() - 3610 }, {}],
    ["whose scopes are a list", { scope: "", scp: ["actiond:read"] }, {}],
  ])("%s", async (_, more, header) => {
    const token = await issuer.sign(claims(more), header);
    expect((await ask(token)).status).toBe(200);
  });
});

describe("a token is refused", () => {
  test.each<[string, Members, Members, string]>([
    ["has expired", { exp: inAnHour() - 3700 }, {}, "it has expired"],
    ["does not expire", { exp: undefined }, {}, 'its claim "exp" is wrong'],
    ["is for nobody", { sub: undefined }, {}, 'its claim "sub" is wrong'],
    ["is for later", { nbf: inAnHour() }, {}, 'its claim "nbf" is wrong'],
    ["is for another server", { aud: "https://x" }, {}, 'its claim "aud"'],
    ["is for no server", { aud: undefined }, {}, 'its claim "aud" is wrong'],
    ["is of another issuer", { iss: "https://x" }, {}, 'its claim "iss"'],
    ["is something else", {}, { typ: "logout+jwt" }, "not an access token"],
    [
      "needs a proof",
      { cnf: { jkt: "x" } },
      {},
      "bound to a key of its client",
    ],
    ["has an unknown key", {}, { kid: "x" }, "not signed by the issuer"],
    ["is too long", { more: "x".repeat(20_000) }, {}, "is longer than 16384"],
  ])("that %s", async (_, more, header, reason) => {
    const token = await issuer.sign(claims(more), header);
    const reply = await ask(token);
    expect(reply.status).toBe(401);
    expect(await reply.json()).toMatchObject({
      code: "unauthorized",
      detail: expect.stringContaining(reason),
    });
    expect(reply.headers.get("www-authenticate")).toBe(
      `Bearer realm="actiond", error="invalid_token", resource_metadata="${URL}/.well-known/oauth-protected-resource", scope="actiond:run actiond:read actiond:cancel"`,
    );
  });

  test("that somebody else has signed, or nobody", async () => {
    const stranger = await generateKeyPair("ES256");
    const [header = "", payload = "", signature = ""] = (
      await issuer.sign(claims())
    ).split(".");
    const named = decodeProtectedHeader(`${header}..`) as { alg: string };
    const forge = (alg: string, key: CryptoKey | Uint8Array) =>
      new SignJWT(claims({ iss: issuer.url }))
        .setProtectedHeader({ ...named, alg })
        .sign(key);
    const more = claims({ iss: issuer.url, scope: "actiond:admin" });
    for (const token of [
      await forge("ES256", stranger.privateKey),
      await forge("HS256", crypto.getRandomValues(new Uint8Array(32))),
      `${encode({ ...named, alg: "none" })}.${payload}.x`,
      `${header}.${encode(more)}.${signature}`,
    ])
      expect((await ask(token)).status).toBe(401);
  });
});

describe("what a token allows", () => {
  test("is said by its scopes", async () => {
    const reader = await issuer.sign(claims({ scope: "actiond:read run" }));
    const reply = await run(reader);
    expect(reply.status).toBe(403);
    expect(reply.headers.get("www-authenticate")).toBe(
      `Bearer realm="actiond", error="insufficient_scope", resource_metadata="${URL}/.well-known/oauth-protected-resource", scope="actiond:run"`,
    );
    expect((await ask(reader)).status).toBe(200);
    const none = await issuer.sign(claims({ scope: undefined }));
    expect((await ask(none)).status).toBe(403);
  });

  test("is limited to the packages that it names, and to none without such a claim", async () => {
    expect((await run(await issuer.sign(claims()))).status).toBe(200);
    for (const packages of [undefined, [], "elsewhere", { probe: true }]) {
      const token = await issuer.sign(claims({ packages }));
      expect((await run(token)).status).toBe(403);
    }
    for (const packages of ["elsewhere probe", "*", ["*"]]) {
      const token = await issuer.sign(claims({ packages }));
      expect((await run(token)).status).toBe(200);
    }
  });

  test("belongs to whom it was issued for: each has their own runs, with any of their tokens", async () => {
    const alice = await issuer.sign(claims({ sub: "alice-1" }));
    const id = (await run(alice)).headers.get("x-action-server-run-id");
    const path = `/api/runs/${id}`;
    const later = await issuer.sign(claims({ sub: "alice-1", jti: "2" }));
    expect((await ask(later, path)).status).toBe(200);
    const bob = await issuer.sign(claims({ sub: "bob" }));
    expect((await ask(bob, path)).status).toBe(404);
  });

  test("is the same as before where a key is sent", async () => {
    expect((await ask(KEY)).status).toBe(200);
    expect((await ask("a-key-that-was-never-made")).status).toBe(401);
    expect((await server.request("/api/runs")).status).toBe(401);
  });
});

test("clients learn who issues tokens", async () => {
  for (const path of ["", "/mcp"]) {
    const reply = await server.request(
      `/.well-known/oauth-protected-resource${path}`,
    );
    expect(await reply.json()).toEqual({
      resource: `${URL}${path}`,
      authorization_servers: [issuer.url],
      scopes_supported: ["actiond:run", "actiond:read", "actiond:cancel"],
      bearer_methods_supported: ["header"],
      resource_name: "actiond",
    });
  }
});

test("when the issuer goes, tokens that are signed with known keys are accepted as before", async () => {
  const token = await issuer.sign(claims());
  expect((await ask(token)).status).toBe(200);
  issuer.trouble = () => new Response(null, { status: 500 });
  expect((await ask(token)).status).toBe(200);
  issuer.trouble = undefined;
});

test("a server that starts without its issuer answers tokens 503 until it is there, and accepts keys", async () => {
  issuer.trouble = () => new Response(null, { status: 500 });
  await using other = await startInProcess({
    environment: { ACTIOND_API_KEY: KEY },
    options: ["--oauth-issuer", issuer.url, "--server-url", URL],
  });
  const askOther = (token: string) =>
    other.request("/api/runs", {
      headers: { authorization: `Bearer ${token}` },
    });
  const token = await issuer.sign(claims());
  const reply = await askOther(token);
  expect(reply.status).toBe(503);
  expect(reply.headers.get("retry-after")).toBe("5");
  expect(await reply.json()).toMatchObject({ code: "issuer_unavailable" });
  expect((await askOther(KEY)).status).toBe(200);
  issuer.trouble = undefined;
  // An issuer that has failed is left alone for half a second.
  while ((await askOther(token)).status !== 200) await Bun.sleep(20);
});

test("an issuer that fails is not asked for each token", async () => {
  const checker = makeChecker(() => undefined);
  let count = 0;
  issuer.trouble = () => {
    count += 1;
    return new Response(null, { status: 500 });
  };
  const token = await issuer.sign(claims());
  const asked = Array.from({ length: 50 }, () =>
    checker.identify(token).catch(toCode),
  );
  expect(new Set(await Promise.all(asked))).toEqual(
    new Set(["issuer_unavailable"]),
  );
  issuer.trouble = undefined;
  // Two addresses are tried.
  expect(count).toBe(2);
});

test.each([
  ["leads elsewhere", () => Response.redirect("http://127.0.0.1:1/"), "302"],
  ["answers no JSON", () => new Response("<html>"), "JSON"],
  ["answers too much", () => new Response("x".repeat(2 ** 21)), "1 MB"],
  [
    "says it is another",
    () => Response.json({ issuer: "https://x" }),
    "https://x",
  ],
  ["has its keys nowhere", () => keysAt("ftp://x"), "names no URL of keys"],
  ["has keys that cannot be read", () => keysAt(UNREACHABLE), UNREACHABLE],
])("the log says once that an issuer %s", async (_, trouble, reason) => {
  const reasons: unknown[] = [];
  const checker = makeChecker((why) => reasons.push(why));
  issuer.trouble = trouble;
  await checker.prepare();
  const token = await issuer.sign(claims());
  for (let count = 0; count < 2; count += 1)
    expect(await checker.identify(token).catch(toCode)).toBe(
      "issuer_unavailable",
    );
  issuer.trouble = undefined;
  expect(reasons).toEqual([expect.stringContaining(reason)]);
});

function makeChecker(warn: (reason: unknown) => void): TokenChecker {
  return new TokenChecker({
    issuer: issuer.url,
    audiences: [URL],
    packagesClaim: undefined,
    log: {
      ...silentLog,
      warn: (_, fields) => {
        warn(fields?.["reason"]);
      },
    },
  });
}

function keysAt(url: string): Response {
  return Response.json({ issuer: issuer.url, jwks_uri: url });
}

function toCode(error: unknown): unknown {
  return (error as ServerError).code;
}
