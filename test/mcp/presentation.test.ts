/** Actions as tools, prompts and resources: names, titles, hints, arguments, completions and errors. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  makeTemporaryFolder,
  startInProcess,
  type TestServer,
} from "../server.ts";
import { connect, type Connected, runIdOf } from "./connect.ts";

const FILES: Record<string, string> = {
  "a-b.ts": `import { action, t } from "actiond";
export const c = action({ title: "See", icon: "https://example.com/c.png", consequential: true, run: () => "ab-c" });
export const harmless = action({ consequential: false, run: () => 1 });`,
  "a.ts": `import { action } from "actiond";
export const bC = action({ kind: "query", run: () => "a-bc" });
export const a = action({ run: () => ({ content: [{ type: "text", text: "own" }] }) });`,
  "prompts.ts": `import { action, t, ActionError } from "actiond";
export const ask = action({
  kind: "prompt",
  input: t.Object({
    tone: t.Union([t.Literal("formal"), t.Literal("friendly")]),
    count: t.Integer({ default: 1 }),
  }),
  run: ({ tone, count }) => ({ tone, count }),
});
export const broken = action({ kind: "prompt", run: () => { throw new ActionError("No words.", { code: "speechless" }); } });`,
  "pages.ts": `import { action, t } from "actiond";
export const page = action({
  kind: "resource",
  uri: "docs://{section}/{number}",
  input: t.Object({ section: t.Union([t.Literal("api"), t.Literal("guide")]), number: t.Integer() }),
  run: ({ section, number }) => ({ section, number }),
});
export const all = action({ kind: "resource", uri: "docs://all", run: () => ({ contents: [{ uri: "docs://all", text: "all" }] }) });`,
};

const actions = makeTemporaryFolder();
let server: TestServer;
let connected: Connected;
beforeAll(async () => {
  for (const [name, text] of Object.entries(FILES))
    await Bun.write(join(actions, name), text);
  server = await startInProcess({ actions });
  connected = await connect(server.url, "auto");
});
afterAll(async () => {
  await connected[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(actions, { recursive: true, force: true });
});

describe("tools", () => {
  test("that would have the same name are written with two underscores, and one named like its package with one word", async () => {
    const { tools } = await connected.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      "a",
      "a__b_c",
      "a_b__c",
      "a_b_harmless",
    ]);
    const call = (name: string) => connected.client.callTool({ name });
    expect((await call("a_b__c")).content).toEqual([
      { type: "text", text: "ab-c" },
    ]);
    expect((await call("a__b_c")).content).toEqual([
      { type: "text", text: "a-bc" },
    ]);
    expect((await call("a")).content).toEqual([{ type: "text", text: "own" }]);
  });

  test("have the title, the icon and the hints of their actions", async () => {
    const { tools } = await connected.client.listTools();
    const byName = new Map(tools.map((tool) => [tool.name, tool]));
    expect(byName.get("a_b__c")).toMatchObject({
      title: "See",
      icons: [{ src: "https://example.com/c.png" }],
      annotations: { readOnlyHint: false, destructiveHint: true },
    });
    expect(byName.get("a_b_harmless")).toMatchObject({
      annotations: { readOnlyHint: false, destructiveHint: false },
    });
    expect(byName.get("a__b_c")).toMatchObject({
      title: "B c",
      description: "Runs a/b-c.",
      annotations: { readOnlyHint: true },
    });
    expect(byName.get("a")?.annotations).toEqual({});
  });
});

describe("prompts", () => {
  test("take texts for what the schema wants", async () => {
    const prompt = await connected.client.getPrompt({
      name: "prompts_ask",
      arguments: { tone: "formal", count: "3" },
    });
    expect(prompt.messages).toEqual([
      {
        role: "user",
        content: { type: "text", text: '{"tone":"formal","count":3}' },
      },
    ]);
    expect(runIdOf(prompt)).toMatch(/^[\da-f-]{36}$/);
  });

  test.each([
    [{ tone: "rude" }, "does not match the input schema"],
    [{ tone: "formal", count: "many" }, "does not match the input schema"],
  ])("refuse the arguments %j", async (sent, why) => {
    const got = connected.client.getPrompt({
      name: "prompts_ask",
      arguments: sent,
    });
    expect(got).rejects.toThrow(why);
    await got.catch(() => undefined);
  });

  test("that fail say why", async () => {
    const got = connected.client.getPrompt({ name: "prompts_broken" });
    expect(got).rejects.toThrow("No words.");
    expect(await got.catch((error: unknown) => error)).toMatchObject({
      data: { code: "speechless", run_id: expect.any(String) },
    });
  });

  test("that do not exist are an error of the protocol", async () => {
    const got = connected.client.getPrompt({ name: "a" });
    expect(got).rejects.toThrow('There is no prompt "a".');
    await got.catch(() => undefined);
  });

  test("complete the values that the schema names", async () => {
    const complete = async (value: string, name = "tone") =>
      (
        await connected.client.complete({
          ref: { type: "ref/prompt", name: "prompts_ask" },
          argument: { name, value },
        })
      ).completion.values;
    expect(await complete("f")).toEqual(["formal", "friendly"]);
    expect(await complete("fo")).toEqual(["formal"]);
    expect(await complete("", "count")).toEqual([]);
    expect(await complete("", "nothing")).toEqual([]);
  });
});

describe("resources", () => {
  test("are read by their URIs", async () => {
    const read = async (uri: string) =>
      (await connected.client.readResource({ uri })).contents;
    expect(await read("docs://api/7")).toEqual([
      {
        uri: "docs://api/7",
        mimeType: "application/json",
        text: '{"section":"api","number":7}',
      },
    ]);
    expect(await read("docs://all")).toEqual([
      { uri: "docs://all", text: "all" },
    ]);
    const missing = read("docs://nothing/at/all");
    expect(missing).rejects.toThrow("docs://nothing/at/all");
    await missing.catch(() => undefined);
  });

  test("complete the variables of their URIs", async () => {
    const { completion } = await connected.client.complete({
      ref: { type: "ref/resource", uri: "docs://{section}/{number}" },
      argument: { name: "section", value: "g" },
    });
    expect(completion.values).toEqual(["guide"]);
  });
});
