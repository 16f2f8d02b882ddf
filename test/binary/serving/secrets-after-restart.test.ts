/** What becomes of runs that need secrets when the server is killed. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { toPlain } from "../../scenarios/peers/envelopes.ts";
import { makeGate } from "../../scenarios/gate.ts";
import { idOf } from "../../scenarios/scene.ts";
import { makeTemporaryFolder, startExecutable } from "../../server.ts";

const KEY = "a-key-of-this-test-alone";

test("runs get the secrets of the server again, and those whose secrets came with the request fail and say so", async () => {
  const folder = makeTemporaryFolder();
  const file = join(folder, "secrets");
  const actions = join(folder, "actions");
  await Bun.write(
    join(actions, "acts.ts"),
    `import { action, t } from "actiond";
     import { existsSync } from "node:fs";
     export const work = action({
       input: t.Object({ path: t.String() }),
       secrets: ["TOKEN"],
       concurrency: 1,
       onInterrupt: "retry",
       async run({ path }, { secrets, caller, request }) {
         while (!existsSync(path)) await Bun.sleep(5);
         return [secrets.TOKEN, caller, request.headers.get("x-mine")];
       },
     });`,
  );
  const gate = makeGate();
  await using receiver = startReceiver(() => new Response());
  const environment = { ACTIOND_API_KEY: KEY };
  const data = join(folder, "data");
  const options = ["--secrets-file", file, "--callback-allow", "127.0.0.1"];
  const start = () => startExecutable({ options, data, actions, environment });
  writeFileSync(file, "TOKEN=first\n");
  await using first = await start();
  const begin = async (headers: Record<string, string> = {}) =>
    idOf(
      await first.request("/api/actions/acts/work/run", {
        method: "POST",
        headers: {
          "x-api-key": KEY,
          "x-actions-async-timeout": "0",
          "x-mine": "mine",
          ...headers,
        },
        body: JSON.stringify(gate.input),
      }),
    );
  const running = await begin();
  const lost = await begin({
    "x-action-context": toPlain({ secrets: { TOKEN: "of the caller" } }),
    "x-actions-async-callback": receiver.url,
  });
  const queued = await begin();
  await first.kill();

  writeFileSync(file, "TOKEN=second\n");
  gate.open();
  await using second = await start();
  const look = async (id: string) => {
    const headers = { "x-api-key": KEY };
    const path = `/api/runs/${id}?wait=10`;
    return (await second.request(path, { headers })).json();
  };
  const passed = { state: "passed", result: '["second","configured",null]' };
  expect(await look(running)).toMatchObject({ ...passed, attempt: 2 });
  expect(await look(queued)).toMatchObject(passed);
  expect(await look(lost)).toMatchObject({
    state: "failed",
    error: { code: "secrets_lost" },
  });
  await receiver.arrived(1);
  expect(receiver.received[0]?.body).toContain('"code":"secrets_lost"');
  await second.stop();
  const { log } = await second.output();
  expect(log).not.toContain("of the caller");
});
