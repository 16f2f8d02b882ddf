import { describe, expect, test } from "bun:test";
import { action } from "../../src/action/action.ts";
import { type CatalogEntry, toEntry } from "../../src/catalog/catalog-entry.ts";
import { createInProcessExecutor } from "../../src/execute/in-process.ts";
import { findCulprit } from "../../src/process/culprit.ts";
import { Heartbeat } from "../../src/process/heartbeat.ts";
import { silentLog } from "../silent-log.ts";
import { makeContext } from "../../src/testing.ts";
import { makeTask, unreported } from "../run/task.ts";

const entry = (address: string, file: string) =>
  ({ address, package: address.split("/")[0], file }) as CatalogEntry;

const entries = [
  entry("lone/act", "/actions/lone.ts"),
  entry("shop/order", "/actions/shop/orders.ts"),
  entry("shop/refund", "/actions/shop/orders.ts"),
  entry("shop/count", "/actions/shop/stock (old).ts"),
];

/** An error with this stack. */
const thrown = (...frames: string[]) =>
  Object.assign(new Error("at /actions/lone.ts:1:1"), {
    stack: ["Error: it failed", ...frames].join("\n    at "),
  });

describe("the stack of an error", () => {
  test.each([
    [
      "names the action that is alone in its file",
      ["run (/actions/lone.ts:3:5)"],
      { action_id: "lone/act", file: "/actions/lone.ts" },
    ],
    [
      "names the package of a file of several",
      ["async run (/actions/shop/orders.ts:3:5)"],
      { package: "shop", file: "/actions/shop/orders.ts" },
    ],
    [
      "is read where a frame has no name, or a path brackets and spaces",
      ["/actions/shop/stock (old).ts:3:5"],
      { action_id: "shop/count", file: "/actions/shop/stock (old).ts" },
    ],
    [
      "counts from the innermost frame that an action has",
      [
        "parse (native:7:39)",
        "run (/actions/shop/orders.ts:1:1)",
        "run (/actions/lone.ts:1:1)",
      ],
      { package: "shop", file: "/actions/shop/orders.ts" },
    ],
    [
      "says nothing of a file that actions import",
      ["<anonymous> (/actions/shared.ts:1:2)"],
      {},
    ],
    [
      "says nothing of the server's own code",
      ["flush (/$bunfs/root/actiond:1:2)"],
      {},
    ],
  ])("the stack of an error %s", (_, frames, origin) => {
    expect(findCulprit(thrown(...frames), entries)).toEqual(origin);
  });

  test.each([
    ["a string", "a string"],
    ["nothing", undefined],
    ["an error", Object.assign(new Error("bare"), { stack: undefined })],
  ])("%s without a stack names no action", (_, value) => {
    expect(findCulprit(value, entries)).toEqual({});
  });
});

test("an error of an action's own code belongs to its run", async () => {
  const called = toEntry({
    file: "probe.ts",
    packageName: "probe",
    name: "who",
    value: action({ run: () => findCulprit(new Error("mine"), []) }),
  }) as CatalogEntry;
  const execute = createInProcessExecutor({
    log: silentLog,
    reports: unreported,
    artifacts: () => makeContext().artifacts,
    secretsOf: () => ({}),
    maxResultBytes: 1000,
    heartbeat: new Heartbeat(),
  });
  const task = { ...makeTask(called), id: "1" };
  expect(await execute(task)).toEqual({
    status: "passed",
    result: '{"run_id":"1","action_id":"probe/who"}',
  });
});
