import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadCatalog } from "../../src/catalog/catalog.ts";
import { provideSdk } from "../../src/catalog/sdk-module.ts";

test("the fixture actions are served under the addresses that tests call", async () => {
  provideSdk();
  const folder = join(import.meta.dir, "../fixtures/actions");
  const catalog = await loadCatalog({ folder });
  expect(catalog.list().map(({ address }) => address)).toEqual([
    "probe/add",
    "probe/answers-error",
    "probe/bad-result",
    "probe/bigint-result",
    "probe/blabs",
    "probe/busy-loop",
    "probe/context",
    "probe/cyclic-result",
    "probe/echo",
    "probe/ends",
    "probe/environment",
    "probe/exits",
    "probe/fail",
    "probe/flaky",
    "probe/forever",
    "probe/gate",
    "probe/goes-on",
    "probe/huge-result",
    "probe/ignores-abort",
    "probe/invoice",
    "probe/kills",
    "probe/leaves",
    "probe/logs",
    "probe/narrow",
    "probe/needs",
    "probe/needs-twice",
    "probe/noop",
    "probe/null-result",
    "probe/one-for-each",
    "probe/prints",
    "probe/refuse",
    "probe/rests",
    "probe/reveals",
    "probe/says",
    "probe/sleep",
    "probe/stray",
    "probe/stray-rejection",
    "probe/stray-throw",
    "probe/stumbles",
    "probe/tells",
    "probe/throws-a-string",
    "probe/undefined-result",
    "probe/wrong-file",
    "probe/yields",
  ]);
});
