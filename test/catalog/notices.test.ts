/** What is said of files that hold no action. */
import { beforeAll, expect, test } from "bun:test";
import { loadCatalog } from "../../src/catalog/catalog.ts";
import { provideSdk } from "../../src/catalog/sdk-module.ts";
import { exportAction, makeFolder } from "./folder.ts";

beforeAll(provideSdk);

async function noticesOf(files: Record<string, string>): Promise<string[]> {
  using folder = makeFolder({ "good.ts": exportAction("run"), ...files });
  using catalog = await loadCatalog({ folder: folder.path });
  return catalog.notices.map((notice) =>
    notice.replaceAll(folder.path, "actions"),
  );
}

test.each([
  [
    "a forgotten export",
    { "a.ts": exportAction("greet").replace("export ", "") },
    'actions/a.ts exports no action, although it calls action(). Did you forget "export" in front of "const"?',
  ],
  [
    "a plain function",
    { "a.ts": "export async function greet() {}" },
    'actions/a.ts exports the function "greet", which is not an action. Write `export const greet = action({ run: … })`, or begin the name of the file with "_" if it is a helper.',
  ],
  [
    "a file of constants",
    { "b/limits.ts": "export const limit = 3;" },
    'actions/b/limits.ts exports no action. Begin its name with "_" if it is a helper: actions/b/_limits.ts.',
  ],
  [
    "a folder that is too deep",
    { "b/c/d/a.ts": exportAction("greet") },
    "actions/b/c/d/a.ts is in a folder that is too deep, so its actions are not served: actiond reads actions and the folders directly in it. Move the file up to actions/b.",
  ],
])("one sentence is said of %s", async (_what, files, notice) => {
  expect(await noticesOf(files as Record<string, string>)).toEqual([notice]);
});

test("nothing is said of helpers that are imported or named as such, however deep", async () => {
  const files = {
    "a.ts": `${exportAction("run")}import "./helper.ts";\nimport "./lib/x/deep.ts";\n`,
    "helper.ts": "export function help() {}",
    "lib/x/deep.ts": exportAction("shared"),
    "lib/x/data.ts": "export const data = 1;",
    "_named.ts": "export const limit = 3;",
  };
  expect(await noticesOf(files)).toEqual([]);
});
