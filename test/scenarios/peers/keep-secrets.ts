/** Secrets that actions need, and what else they see of their requests. */
import { randomBytes } from "node:crypto";
import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, type Start } from "../../server.ts";
import { toPlain, toSealed } from "./envelopes.ts";
import { idOf, openScene } from "../scene.ts";

const KEY = randomBytes(32);
const OTHER_KEY = randomBytes(32);

export function describeKeepingSecrets(start: Start): void {
  const folder = makeTemporaryFolder();
  const file = join(folder, "secrets");
  writeFileSync(file, "IN_FILE=from the file\nIN_BOTH=of the file\n");
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const keys = [OTHER_KEY, KEY].map((key) => key.toString("base64"));
  const server = openScene(start, ["--secrets-file", file], {
    IN_VARIABLE: toSealed("from the variable", KEY),
    IN_BOTH: "of the variable",
    ACTION_SERVER_DECRYPT_KEYS: JSON.stringify(keys),
  });
  const reveal = async (
    headers: Record<string, string>,
    body?: unknown,
  ): Promise<any> => (await server.run("reveals", body, headers)).json();
  const needs = async (headers: Record<string, string> = {}): Promise<any> =>
    (await server.run("needs", {}, headers)).json();
  const post = (data: string) =>
    server.request("/api/secrets", {
      method: "POST",
      body: JSON.stringify({ data }),
    });

  test("the secrets of a request, plain or encrypted, in a header or in the body, reach the action", async () => {
    const context = { secrets: { ONE: "1111", TWO: { access_token: "2222" } } };
    for (const sent of [toPlain(context), toSealed(context, KEY)]) {
      const seen = await reveal({ "x-action-context": sent });
      expect(seen.secrets).toMatchObject({ ONE: "1111", TWO: "2222" });
      expect(seen.action).toEqual(context);
      const body = { body: {}, "x-action-context": sent, "x-more": "m" };
      const header = { "x-action-invocation-context": "{}" };
      const unwrapped = await reveal(header, body);
      expect(unwrapped.secrets).toMatchObject({ ONE: "1111", TWO: "2222" });
      expect(unwrapped.headers["x-more"]).toBe("m");
    }
  });

  test("an action sees headers, cookies and contexts, and never a key", async () => {
    const seen = await reveal({
      "X-Tenant": "t1",
      cookie: "a=1; b=two",
      authorization: "Bearer something-secret",
      "x-data-context": toSealed({ "data-server": { host: "h" } }, KEY),
      "x-action-invocation-context": toPlain({ agent_id: "a1" }),
    });
    expect(seen).toMatchObject({
      headers: { "x-tenant": "t1" },
      cookies: { a: "1", b: "two" },
      data: { "data-server": { host: "h" } },
      invocation: { agent_id: "a1" },
      caller: "",
    });
    expect(JSON.stringify(seen)).not.toContain("something-secret");
    expect(seen.headers).not.toHaveProperty("cookie");
  });

  test.each([
    ["no base64", "%%%"],
    ["encrypted with another key", toSealed({}, randomBytes(32))],
    [
      "of more than 100 secrets",
      toPlain({ secrets: Array.from({ length: 101 }, (_, n) => `value ${n}`) }),
    ],
    ["changed", toSealed({ secrets: {} }, KEY).replace(/.{8}$/, "AAAAAAA=")],
  ])(
    "a context that is %s is refused, and the refusal has nothing of it",
    async (_, sent) => {
      const reply = await server.run("noop", {}, { "x-action-context": sent });
      expect(reply.status).toBe(400);
      const problem = await reply.text();
      expect(problem).toContain('"code":"invalid_header"');
      expect(problem).not.toContain(sent);
    },
  );

  test("a secret that an action needs is looked for in the request, in what was posted, in the file and in the environment", async () => {
    const missing = await needs();
    expect(missing).toMatchObject({
      status: 422,
      code: "missing_secret",
      errors: [{ path: "/secrets/IN_REQUEST", message: "is missing" }],
    });
    expect(missing.detail).toContain('"IN_REQUEST"');
    const own = { IN_FILE: "from the file", IN_VARIABLE: "from the variable" };
    const inHeader = { "x-in-request": toSealed("from the header", KEY) };
    expect(await needs(inHeader)).toEqual({
      ...own,
      IN_BOTH: "of the file",
      IN_REQUEST: "from the header",
    });
    const secrets = {
      IN_REQUEST: "from the context",
      IN_BOTH: "of the request",
    };
    const context = { "x-action-context": toPlain({ secrets }) };
    expect(await needs(context)).toEqual({ ...own, ...secrets });
    // Secrets that are posted are in the memory of one process alone: they are written nowhere.
    if (start.isFleet === true) return;
    const scope = { "action-package": "probe" };
    const posted = { IN_REQUEST: "posted", IN_BOTH: "of the post" };
    const reply = await post(toSealed({ secrets: posted, scope }, KEY));
    expect(await reply.json()).toBe("ok");
    expect(await needs()).toEqual({ ...own, ...posted });
    expect(await needs(context)).toEqual({ ...own, ...secrets });
  });

  test.each([
    ["of a package that does not exist", { scope: { "action-package": "no" } }],
    ["without a scope", {}],
    ["that are no texts", { scope: "global", secrets: { A: 1 } }],
  ])("secrets %s are not taken", async (_, more) => {
    const reply = await post(toPlain({ secrets: { A: "1234" }, ...more }));
    expect(reply.status).toBe(422);
  });

  test("a run has its secrets in each attempt, and however long it waits", async () => {
    const context = {
      "x-action-context": toPlain({ secrets: { ONE: "1234" } }),
    };
    const tries = await server.run("needs-twice", {}, context);
    expect(await tries.json()).toBe("1234 in attempt 2");
    const id = await server.begin("needs-twice", {}, context);
    const run = await server.json(`/api/runs/${id}?wait=10`);
    expect(run).toMatchObject({ result: '"1234 in attempt 2"', inputs: "{}" });
  });

  test("the list of actions and that of packages name the secrets that an action needs", async () => {
    const actions: any[] = await server.json("/api/actions");
    const find = (list: any[], name: string, value: string) =>
      list.find((each) => each[name] === value);
    expect(find(actions, "action", "needs-twice").secrets).toEqual(["ONE"]);
    const packages: any[] = await server.json("/api/actionPackages");
    const listed = find(packages, "name", "probe").actions;
    const managed = find(listed, "name", "needs_twice").managed_params_schema;
    expect(JSON.parse(managed)).toEqual({ ONE: { type: "Secret" } });
  });

  test("what a run logs, says of its progress and fails with shows no secret", async () => {
    const token = "s3cret/with+signs";
    const secrets = Object.fromEntries(
      ["FROM_REQUEST", "FROM_POST", "FROM_FILE", "FROM_VARIABLE"].map(
        (name) => [name, `${token}-${name}`],
      ),
    );
    const headers = { "x-action-context": toPlain({ secrets }) };
    const reply = await server.run("blabs", { isPrinting: false }, headers);
    const id = idOf(reply);
    const texts = [await reply.text()];
    for (const path of ["", "/logs", "/events"])
      texts.push(await (await server.request(`/api/runs/${id}${path}`)).text());
    for (const text of texts) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(encodeURIComponent(token));
      expect(text).toContain("[redacted]");
    }
  });
}
