/** Actions that are edited while the executable serves them: `serve --watch`, and without it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, type ActionFolder } from "../../catalog/folder.ts";
import { DETACH, idOf } from "../../scenarios/scene.ts";
import { startExecutable, type TestProcess } from "../../server.ts";

const version = (value: number, isolation: string) => `
import { existsSync } from "node:fs";
import { action, t } from "actiond";
export const now = action({
  isolation: "${isolation}", input: t.Object({ v${value}: t.Optional(t.String()) }, { additionalProperties: false }),
  run: () => ${value},
});
export const wait = action({
  isolation: "${isolation}", input: t.Object({ file: t.String() }),
  async run({ file }) { while (!existsSync(file)) await Bun.sleep(2); return ${value}; },
});
`;

describe.each(["in-process", "process"])("watched actions, %s", (isolation) => {
  let folder: ActionFolder;
  let server: TestProcess;
  beforeAll(async () => {
    folder = makeFolder({ "actions/probe.ts": version(1, isolation) });
    server = await startExecutable({
      actions: join(folder.path, "actions"),
      options: ["--watch", "--log-format", "json"],
    });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });
  const now = async (input: unknown = {}) =>
    (await server.run("now", input)).json() as Promise<any>;
  /** Saves a version, and waits until it is served. */
  const save = async (value: number) => {
    folder.write({ "actions/probe.ts": version(value, isolation) });
    while ((await server.run("now", { [`v${value}`]: "" })).status !== 200);
  };

  test("a run in flight ends on the code it started with, and the next one has the new code and schema", async () => {
    const file = join(folder.path, "go");
    expect(await now()).toBe(1);
    const id = idOf(await server.run("wait", { file }, DETACH));
    while (
      ((await (await server.request(`/api/runs/${id}`)).json()) as any)
        .status !== 1
    );
    await save(2);
    expect(await now({ v1: "" })).toMatchObject({ code: "invalid_input" });
    expect(await Promise.all(Array.from({ length: 20 }, () => now()))).toEqual(
      Array.from({ length: 20 }, () => 2),
    );
    await Bun.write(file, "");
    const reply = await server.request(`/api/runs/${id}/result?wait=10`);
    expect(await reply.json()).toBe(1);
  });

  test("a broken file is shown with its line and code, and the last version is served until it is repaired", async () => {
    await save(3);
    folder.write({ "actions/probe.ts": "\nexport const now = {;\n" });
    const line = await server.log.find(
      // Not the line of a child that could not start with it, which quotes this one.
      `Z","message":"The actions cannot be served`,
    );
    const { level, message } = JSON.parse(line) as Record<string, string>;
    expect(level).toBe("error");
    expect(message).toContain(
      `${join(folder.path, "actions/probe.ts")}:2:21: `,
    );
    expect(message).toContain("> 2 | export const now = {;");
    expect(await now()).toBe(3);
    await save(4);
    expect(await now()).toBe(4);
  });

  test("an added action can be called and is described at once, and a deleted one is gone", async () => {
    const add = () => {
      folder.write({ "actions/added.ts": version(1, isolation) });
    };
    const call = () =>
      server.request("/api/actions/added/now/run", { method: "POST" });
    const paths = async () => {
      const reply = await server.request("/openapi.json");
      const document = (await reply.json()) as { paths: object };
      return Object.keys(document.paths);
    };
    expect((await call()).status).toBe(404);
    add();
    while ((await call()).status !== 200);
    expect(await paths()).toContain("/api/actions/added/now/run");
    rmSync(join(folder.path, "actions/added.ts"));
    while ((await call()).status !== 404);
    expect(await paths()).not.toContain("/api/actions/added/now/run");
  });

  test("an installed package starts the server again in the same process", async () => {
    folder.write({
      "node_modules/five/package.json": '{ "main": "lib/five.js" }',
      "node_modules/five/lib/five.js": "module.exports = 5;",
      "actions/probe.ts": `import five from "five";\n${version(5, isolation).replaceAll("=> 5", "=> five")}`,
    });
    await server.log.find("The installed packages have changed");
    // The new start listens on another port.
    const line = await server.log.find('"message":"Started. ', 2);
    const { url } = JSON.parse(line) as { url: string };
    const reply = await fetch(`${url}/api/actions/probe/now/run`, {
      method: "POST",
    });
    expect(await reply.json()).toBe(5);
  });
});

test("without --watch the log says once that files have changed, and what to do", async () => {
  using folder = makeFolder({ "probe.ts": version(1, "in-process") });
  await using server = await startExecutable({ actions: folder.path });
  folder.write({ "probe.ts": version(2, "in-process") });
  await server.log.find("or start it with --watch");
  expect(await (await server.run("now")).json()).toBe(1);
  rmSync(join(folder.path, "probe.ts"));
  await server.stop();
  const { log } = await server.output();
  expect(log.match(/have changed since/g)).toHaveLength(1);
});

test("a watched folder that cannot be loaded is served as soon as it can be", async () => {
  using folder = makeFolder({ "probe.ts": "export const = 1;" });
  const starting = startExecutable({
    actions: folder.path,
    options: ["--watch"],
  });
  // Before or after the first attempt to load it: both ways lead to the same end.
  await Bun.sleep(100);
  folder.write({ "probe.ts": version(1, "in-process") });
  await using server = await starting;
  expect(await (await server.run("now")).json()).toBe(1);
});
