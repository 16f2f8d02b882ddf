/** The calls that the console shows really run, and send what the form holds. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { LANGUAGES, toSample } from "../../src/console/actions/samples.ts";
import { toHeaders } from "../../src/console/actions/wanted.ts";
import { makeTemporaryFolder } from "../server.ts";

const INPUT = {
  text: `it's "quoted" \\ $HOME \`x\`\nand goes on`,
  nothing: null,
  list: [true, 1.5, {}, []],
};
const COMMANDS: Readonly<Record<string, (file: string) => string[]>> = {
  curl: (file) => ["sh", file],
  TypeScript: (file) => [process.execPath, file],
};

test.each(Object.keys(COMMANDS) as (typeof LANGUAGES)[number][])(
  "the call in %s sends the input, the headers and the key",
  async (language) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    await using server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        const { headers, method } = request;
        const heard = {
          method,
          type: headers.get("content-type"),
          key: headers.get("authorization"),
          id: headers.get("x-actions-request-id"),
          input: await request.json(),
        };
        resolve(heard);
        return Response.json("done");
      },
    });
    const file = join(makeTemporaryFolder(), "call.mts");
    const call = {
      url: server.url.href,
      input: INPUT,
      headers: toHeaders({ way: "now", requestId: "it's 1" }),
      needsKey: true,
    };
    writeFileSync(file, toSample(language, call));
    const command = COMMANDS[language]?.(file) ?? [];
    const child = Bun.spawn(command, {
      env: { ...process.env, ACTIOND_API_KEY: "secret" },
      stdout: "ignore",
      stderr: "ignore",
    });
    await child.exited;
    expect(await promise).toEqual({
      method: "POST",
      type: "application/json",
      key: "Bearer secret",
      id: "it's 1",
      input: INPUT,
    });
  },
);

test("the call in Python names what JSON names otherwise", () => {
  const sample = toSample("Python", {
    url: "http://127.0.0.1/run",
    input: { yes: true, no: false, nothing: null, list: [], inner: { a: "b" } },
    headers: {},
    needsKey: false,
  });
  expect(sample).toBe(`import requests

response = requests.post(
    "http://127.0.0.1/run",
    json={
        "yes": True,
        "no": False,
        "nothing": None,
        "list": [],
        "inner": {
            "a": "b",
        },
    },
)
print(response.status_code, response.json())`);
});

test("what is not filled in is not sent", () => {
  expect(toHeaders({ way: "now", requestId: "" })).toEqual({});
  expect(
    toHeaders({
      way: "callback",
      callbackUrl: "https://example.com",
      runTimeout: "3",
    }),
  ).toEqual({
    "x-actions-async-timeout": "0",
    "x-actions-async-callback": "https://example.com",
    "x-actions-run-timeout": "3",
  });
});
