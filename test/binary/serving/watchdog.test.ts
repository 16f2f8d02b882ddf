/** The watchdog: what it says of an event loop that stands still, while it stands. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeGate } from "../../scenarios/gate.ts";
import {
  EXECUTABLE,
  makeTemporaryFolder,
  startExecutable,
  type TestServer,
} from "../../server.ts";

const MAIN = join(import.meta.dir, "..", "..", "..", "src", "main.ts");
/** Longer than what is a stall in a server that has started. */
const SLOW = `
import { action } from "actiond";
Bun.sleepSync(1600);
export const slow = action({ run: () => null });
`;
const options = ["--log-format", "json"];

async function isRunning(server: TestServer, action: string) {
  const actions: any = await (await server.request("/api/actions")).json();
  return actions.some(
    ({ address, running }: any) => address === action && running === 1,
  );
}

describe.each([
  ["the executable", [EXECUTABLE]],
  ["a server from its sources", [process.execPath, MAIN]],
])("%s", (_, command) => {
  test.concurrent(
    "the log names the action that holds the event loop and says when the loop goes on",
    async () => {
      await using server = await startExecutable({ options, command });
      const gate = makeGate();
      const since = performance.now();
      const reply = server.run("busy-loop", gate.input);
      const stands = JSON.parse(await server.log.find("has been stalled"));
      gate.open();
      expect(stands).toMatchObject({
        level: "warn",
        action_id: "probe/busy-loop",
        running: { "probe/busy-loop": 1 },
        message: expect.stringContaining('isolation: "process"'),
      });
      const goesOn = JSON.parse(await server.log.find("is running again"));
      expect(goesOn.stalled_ms).toBeGreaterThanOrEqual(stands.stalled_ms);
      expect(goesOn.stalled_ms).toBeLessThan(performance.now() - since);
      expect(await (await reply).json()).toBe("spun");
      await server.stop();
      const { log, exitCode } = await server.output();
      expect(exitCode).toBe(0);
      expect(log.match(/has been stalled|after a stall/g)).toHaveLength(2);
    },
    // From the sources, the watchdog itself takes a while to load on a busy machine.
    60_000,
  );
});

test.concurrent(
  "the log names an action that never lets the event loop go on",
  async () => {
    await using server = await startExecutable({ options });
    const broken = server
      .run("busy-loop", makeGate().input)
      .catch(() => "broken");
    await server.log.find("has been stalled");
    await server.kill();
    expect(await broken).toBe("broken");
  },
);

test.concurrent(
  "the start of a server is no stall, however long the actions take to load",
  async () => {
    const actions = makeTemporaryFolder();
    writeFileSync(join(actions, "slow.ts"), SLOW);
    await using server = await startExecutable({ options, actions });
    await server.stop();
    expect((await server.output()).log).not.toContain("stall");
  },
);

test.concurrent(
  "a process that was suspended and goes on blames no action",
  async () => {
    await using server = await startExecutable({ options });
    const reply = server.run("sleep", { ms: 1000 });
    await server.run("noop", {});
    server.process.kill("SIGSTOP");
    await Bun.sleep(1200);
    server.process.kill("SIGCONT");
    expect((await reply).status).toBe(200);
    await server.stop();
    expect((await server.output()).log).not.toContain("stalled");
  },
);

test.concurrent(
  "code that ignores its signal is named in the log and does not keep the server from stopping",
  async () => {
    await using server = await startExecutable({
      options: [...options, "--drain", "50ms"],
    });
    const path = "/there/is/no/such/file";
    const run = await server.run(
      "ignores-abort",
      { path },
      { "x-actions-run-timeout": "0.01" },
    );
    expect(run.status).toBe(504);
    expect(
      JSON.parse(await server.log.find("ignores its signal")),
    ).toMatchObject({
      level: "warn",
      run_id: run.headers.get("x-action-server-run-id"),
      action_id: "probe/ignores-abort",
    });
    const late = server.run("ignores-abort", { path });
    while (!(await isRunning(server, "probe/ignores-abort")));
    await server.stop();
    expect((await late).status).toBe(503);
    expect((await server.output()).exitCode).toBe(0);
  },
);
