/** The executable listens where others can reach it only with a key, or when it is told to by name. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import {
  FIXTURES,
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
} from "../../server.ts";

const KEY = "the-one-key-of-this-server";

async function end(argv: readonly string[]) {
  const child = spawnExecutable(argv);
  const [error, exitCode] = await Promise.all([
    child.stderr.text(),
    child.exited,
  ]);
  return { error, exitCode };
}

test.each(["0.0.0.0", "::"])(
  "a server on %s without a key does not start and says what can be done",
  async (host) => {
    const data = join(makeTemporaryFolder(), "data");
    const argv = [
      "serve",
      "--actions",
      FIXTURES,
      "--data",
      data,
      "--port",
      "0",
    ];
    const { error, exitCode } = await end([...argv, "--host", host]);
    expect(exitCode).toBe(2);
    expect(error).toMatch(/^actiond: [^\n]+\n$/);
    expect(error).toContain(
      `Other machines can reach ${host}, but there is no API key.`,
    );
    for (const way of [
      "ACTIOND_API_KEY",
      "--api-key-file",
      "keys create",
      "--insecure",
    ])
      expect(error).toContain(way);
  },
);

describe("0.0.0.0", () => {
  const options = ["--host", "0.0.0.0"];

  test("a server on 0.0.0.0 with a key asks for it", async () => {
    await using server = await startExecutable({
      options,
      environment: { ACTIOND_API_KEY: KEY },
    });
    expect((await server.request("/api/runs")).status).toBe(401);
    const headers = { "x-api-key": KEY };
    expect((await server.request("/api/runs", { headers })).status).toBe(200);
  });

  test("a server on 0.0.0.0 with revoked keys alone starts and stays closed", async () => {
    const data = join(makeTemporaryFolder(), "data");
    await end(["keys", "create", "ci", "--data", data]);
    await end(["keys", "revoke", "ci", "--data", data]);
    await using server = await startExecutable({ options, data });
    expect((await server.request("/api/runs")).status).toBe(401);
  });

  test("a server on 0.0.0.0 with --insecure serves everybody", async () => {
    await using server = await startExecutable({
      options: [...options, "--insecure"],
    });
    expect((await server.request("/api/runs")).status).toBe(200);
    expect(await server.log.find("Started.")).toContain(
      `open http://localhost:${new URL(server.url).port} to run them`,
    );
    // It is no developer's machine: callbacks go to public addresses only.
    const headers = { "x-actions-async-callback": "http://127.0.0.1:9/" };
    expect((await server.run("noop", {}, headers)).status).toBe(400);
  });
});

test("callbacks may go to this machine only while no key is needed", async () => {
  const headers = {
    "x-actions-async-callback": "http://127.0.0.1:9/",
    "x-api-key": KEY,
  };
  const status = async (environment: Record<string, string>) => {
    await using server = await startExecutable({ environment });
    return (await server.run("noop", {}, headers)).status;
  };
  expect(await status({})).toBe(200);
  expect(await status({ ACTIOND_API_KEY: KEY })).toBe(400);
});
