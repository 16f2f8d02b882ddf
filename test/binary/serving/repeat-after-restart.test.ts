/** Actions that say they may run again when the server stopped in the middle. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { makeGate } from "../../scenarios/gate.ts";
import { idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../../server.ts";

const json = async (server: TestProcess, path: string): Promise<any> =>
  (await server.request(path)).json();

describe("actions that may run again", () => {
  const actions = makeTemporaryFolder();
  const write = Bun.write(
    join(actions, "again.ts"),
    `import { action, t } from "actiond";
     import { existsSync } from "node:fs";
     export const work = action({
       input: t.Object({ path: t.String() }),
       onInterrupt: "retry",
       maxAttempts: 2,
       async run({ path }, { attempt }) {
         while (!existsSync(path)) await Bun.sleep(5);
         return attempt;
       },
     });`,
  );
  const begin = async (server: TestProcess, gate: { input: unknown }) =>
    idOf(
      await server.request("/api/actions/again/work/run", {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "x-actions-async-timeout": "0",
        },
        body: JSON.stringify(gate.input),
      }),
    );

  test("a run starts again after kill -9 as the same run, but not for ever", async () => {
    await write;
    const data = join(makeTemporaryFolder(), "data");
    const gate = makeGate();
    await using first = await startExecutable({ data, actions });
    const id = await begin(first, gate);
    await first.kill();
    await using second = await startExecutable({ data, actions });
    while ((await json(second, `/api/runs/${id}`)).status !== 1);
    await second.kill();
    await using third = await startExecutable({ data, actions });
    expect(await json(third, `/api/runs/${id}`)).toMatchObject({
      status: 4,
      error: { code: "interrupted" },
    });
  });

  test("a run starts again after a drain that was too short", async () => {
    await write;
    const data = join(makeTemporaryFolder(), "data");
    const gate = makeGate();
    await using first = await startExecutable({
      data,
      actions,
      options: ["--drain", "10ms"],
    });
    const id = await begin(first, gate);
    await first.stop();
    expect((await first.output()).exitCode).toBe(0);
    gate.open();
    await using second = await startExecutable({ data, actions });
    expect(await json(second, `/api/runs/${id}?wait=10`)).toMatchObject({
      status: 2,
      result: "2",
    });
  });
});
