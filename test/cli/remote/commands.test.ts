/** Commands that ask a running server: what they print, for people and for programs, and how they end. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeGate } from "../../scenarios/gate.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../../server.ts";
import { run } from "../program.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startInProcess();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const ask = (...argv: string[]) => run([...argv, "--url", server.url]);
const begin = async (action: string, input: unknown = {}) =>
  idOf(await server.run(action, input, DETACH));
const untilEnded = (id: string) =>
  server.request(`/api/runs/${id}/result?wait=10`);

test("the actions of a server are listed as a table, and as JSON", async () => {
  const { code, out } = await ask("actions");
  expect(code).toBe(0);
  const [heading, first, ...others] = out.trimEnd().split("\n");
  expect(heading).toMatch(/^ADDRESS +RUNNING +ISOLATION +DESCRIPTION$/);
  expect(first).toMatch(/^probe\/add +0 +in-process +Adds two numbers\.$/);
  const { out: json } = await ask("actions", "--json");
  expect(JSON.parse(json)).toBeArrayOfSize(others.length + 1);
});

test("the OpenAPI document is printed", async () => {
  const { code, out } = await ask("openapi");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\./),
  });
});

describe("runs", () => {
  test("runs are listed, the newest first, over several pages, and only those that are wanted", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift(await begin("noop"));
    await Promise.all(ids.map(untilEnded));
    const failing = await begin("fail");
    await untilEnded(failing);
    const { out } = await ask("runs", "list", "--limit", "2");
    const [heading, first, second, more] = out.trimEnd().split("\n");
    expect(heading).toMatch(/^ID +ACTION +STATE +STARTED +TIME +ERROR$/);
    expect(first).toStartWith(`${failing}  probe/fail  failed`);
    expect(first).toEndWith("action_failed");
    expect(second).toMatch(
      new RegExp(`^${ids[0]} +probe/noop +passed +\\d{4}-.* \\d+ ms$`),
    );
    expect(more).toBe("There are more: add --limit 20.");
    const failed = await ask("runs", "list", "--status=failed", "--json");
    expect(JSON.parse(failed.out)).toMatchObject([{ id: failing }]);
    const noops = ["--action", "probe/noop", "--json", "--limit", "500"];
    expect(JSON.parse((await ask("runs", "list", ...noops)).out)).toMatchObject(
      ids.map((id) => ({ id })),
    );
  });

  test("one run is shown in lines, and as JSON", async () => {
    const id = await begin("add", { a: 1 });
    await untilEnded(id);
    const { out } = await ask("runs", "show", id);
    expect(out).toMatch(
      new RegExp(
        `^Run +${id}\nAction +probe/add\nState +passed\nAccepted .*\nFinished .*\nTime +\\d+ ms\nAttempt +1\nInput +{"a":1,"b":1}\nResult +2\n$`,
      ),
    );
    const { out: json } = await ask("runs", "show", id, "--json");
    expect(JSON.parse(json)).toMatchObject({ id, state: "passed" });
  });

  test("a run is cancelled, and a second time not", async () => {
    const id = await begin("forever");
    expect(await ask("runs", "cancel", id)).toEqual({
      code: 0,
      out: "cancelled\n",
      note: "",
    });
    expect(await ask("runs", "cancel", id)).toEqual({
      code: 1,
      out: "not-running\n",
      note: "actiond: The run had ended before.\n",
    });
  });

  test("a wait ends with the result of the run, or with why it did not pass", async () => {
    const gate = makeGate();
    const id = await begin("gate", gate.input);
    const waiting = ask("runs", "wait", id);
    gate.open("opened");
    expect(await waiting).toEqual({ code: 0, out: '"opened"\n', note: "" });
    const failing = await begin("refuse");
    expect(await ask("runs", "wait", failing)).toMatchObject({
      code: 1,
      out: "",
      note: expect.stringContaining("actiond: The run failed with "),
    });
  });

  test("the log of a run is printed, for people and as JSON, and followed to its end", async () => {
    const id = await begin("logs", { count: 3 });
    await untilEnded(id);
    const { code, out } = await ask("runs", "logs", id);
    expect(code).toBe(0);
    expect(out).toContain("line 1");
    const json = await ask("runs", "logs", id, "--json");
    const lines = json.out.trim().split("\n");
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty("seq");
    expect((await ask("runs", "logs", id, "--follow")).out).toBe(out);
  });

  test.each(["show", "cancel", "logs", "wait", "redeliver"])(
    "`runs %s` says when there is no such run",
    async (command) => {
      const id = Bun.randomUUIDv7();
      const { code, out, note } = await ask("runs", command, id);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(note).toStartWith("actiond: There is no run");
      expect(note).toContain(id);
    },
  );

  test("a callback that is not owed is not sent again", async () => {
    const id = await begin("noop");
    await untilEnded(id);
    const { code, note } = await ask("runs", "redeliver", id);
    expect(code).toBe(1);
    expect(note).toStartWith("actiond: ");
  });
});

test("a server that is not there is named, with how to start one", async () => {
  const { code, note } = await run(["actions", "--url", "http://127.0.0.1:1"]);
  expect(code).toBe(1);
  expect(note).toStartWith("actiond: No server answers at http://127.0.0.1:1:");
  expect(note).toContain('Start one with "actiond serve"');
});

test("a reply that is not actiond's is shown with its status", async () => {
  await using other = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => new Response("<html>", { status: 502 }),
  });
  const url = `http://127.0.0.1:${other.port}`;
  expect(await run(["actions", "--url", url])).toMatchObject({
    code: 1,
    note: "actiond: The server answered with status 502.\n",
  });
});

test.each([
  [["actions", "--url", "example.com"], "It must be the address of a server"],
  [["runs", "list", "--status", "lost"], "It must be one of queued, running"],
  [["runs", "show", "a/b"], "It must be the id of a run"],
])("%j is a wrong command line", async (argv, message) => {
  const { code, note } = await run(argv);
  expect(code).toBe(2);
  expect(note).toContain(message);
});

test("a key is taken from the environment or from a file, and asked for when it is missing", async () => {
  const key = "0123456789abcdef0123456789abcdef";
  await using guarded = await startInProcess({
    environment: { ACTIOND_API_KEY: key },
  });
  const argv = ["actions", "--url", guarded.url];
  expect(await run(argv)).toMatchObject({
    code: 1,
    note: expect.stringContaining("Give a key in ACTIOND_API_KEY"),
  });
  expect(await run(argv, { ACTIOND_API_KEY: key })).toMatchObject({ code: 0 });
  const file = join(makeTemporaryFolder(), "key");
  writeFileSync(file, `${key}\n`);
  expect(await run([...argv, "--api-key-file", file])).toMatchObject({
    code: 0,
  });
});
