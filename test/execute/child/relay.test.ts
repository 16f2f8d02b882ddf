/** Whose output it is that a child prints. */
import { expect, test } from "bun:test";
import type { CatalogEntry } from "../../../src/catalog/catalog-entry.ts";
import { Relay } from "../../../src/execute/child/relay.ts";
import type { ChildProcess } from "../../../src/execute/child/process.ts";
import type { Log } from "../../../src/log.ts";
import { silentLog } from "../../silent-log.ts";
import { makeTask, unreported } from "../../run/task.ts";

test("a line of a child cannot name another run than the one that the server knows", async () => {
  const logged: unknown[] = [];
  const kept: unknown[] = [];
  const log: Log = {
    ...silentLog,
    info: (message, fields) => logged.push({ message, ...fields }),
  };
  const line = { level: "info", message: "hi", run_id: "forged", kept: 1 };
  const child = {
    pid: 7,
    stdout: new Response("").body,
    stderr: new Response(`${JSON.stringify(line)}\n`).body,
  };
  const task = makeTask({
    address: "probe/noop",
    package: "probe",
    name: "noop",
  } as CatalogEntry);
  const relay = new Relay(child as unknown as ChildProcess, {
    log,
    reports: {
      ...unreported,
      line: ({ id }, { message, fields }) => kept.push({ id, message, fields }),
    },
  });
  relay.follow(task);
  await relay.ended;
  expect(logged).toEqual([
    {
      message: "hi",
      kept: 1,
      run_id: task.id,
      action_id: "probe/noop",
      child_pid: 7,
    },
  ]);
  expect(kept).toEqual([{ id: task.id, message: "hi", fields: { kept: 1 } }]);
});
