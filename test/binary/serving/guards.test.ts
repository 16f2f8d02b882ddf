/** Actions that would end the server, and errors that they leave behind: each is stopped, or said with whose it is. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { idOf } from "../../scenarios/scene.ts";
import { FIXTURES, startExecutable, type TestProcess } from "../../server.ts";

let server: TestProcess;
beforeAll(async () => {
  server = await startExecutable({ options: ["--log-format", "json"] });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

describe("attempts to end the process", () => {
  test.each([
    ["process.exit", "process.exit"],
    ["imported exit", "process.exit"],
    ["default exit", "process.exit"],
    ["namespace exit", "process.exit"],
    ["required exit", "process.exit"],
    ["process.reallyExit", "process.reallyExit"],
    ["imported reallyExit", "process.reallyExit"],
    ["process.abort", "process.abort"],
    ["imported abort", "process.abort"],
    ["process.kill", "process.kill on the server itself"],
    ["imported kill", "process.kill on the server itself"],
    ["kill by text", "process.kill on the server itself"],
    ["kill the group", "process.kill on the server itself"],
    ["kill the group by number", "process.kill on the server itself"],
    ["process.execve", "process.execve"],
  ])(
    "an attempt to end the process by %s throws inside the action",
    async (way, name) => {
      const reply = await server.run("ends", { way });
      expect(await reply.json()).toBe(
        `${name} would end the server for everybody. An action ends by returning or throwing.`,
      );
    },
  );

  test("an action may ask whether the server lives and may end other processes", async () => {
    const { pid } = Bun.spawn(["sleep", "60"]);
    const reply = await server.run("kills", { pid });
    expect(await reply.json()).toBe("killed");
  });
});

describe("errors outside a run", () => {
  const file = join(FIXTURES, "probe", "stray.ts");
  const failures = join(FIXTURES, "probe", "failures.ts");

  test.each(["timer", "immediate", "tick", "microtask", "emitter"])(
    "an error thrown later by a %s is logged with its run",
    async (way) => {
      const reply = await server.run("stray", { way });
      expect(JSON.parse(await server.log.find(`left by ${way}`))).toMatchObject(
        {
          level: "error",
          message: "An action threw an error outside of its run.",
          run_id: idOf(reply),
          action_id: "probe/stray",
        },
      );
    },
  );

  test.each(["rejection", "async"])(
    "an error left behind as %s is logged with its action when its file has no other",
    async (way) => {
      await server.run("stray", { way });
      expect(JSON.parse(await server.log.find(`left by ${way}`))).toMatchObject(
        {
          level: "error",
          message: "An action left a rejected promise unhandled.",
          action_id: "probe/stray",
          file,
        },
      );
    },
  );

  test("an error is logged with its package when its file has several actions", async () => {
    await server.run("stray-rejection", {});
    const line = await server.log.find("rejected after the end");
    expect(JSON.parse(line)).toMatchObject({
      package: "probe",
      file: failures,
    });
    expect(line).not.toContain("action_id");
  });
});
