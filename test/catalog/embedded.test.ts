/** Actions inside an executable: they are the catalog, whatever folder is named. */
import { expect, test } from "bun:test";
import { action } from "actiond";
import { loadCatalog } from "../../src/catalog/catalog.ts";
import { readVersion } from "../../src/catalog/code.ts";
import { embedActions, findEmbedded } from "../../src/catalog/embedded.ts";
import { run } from "../cli/program.ts";

const FILES = [
  {
    file: "greeter.ts",
    packageName: "greeter",
    load: async () => ({ greet: action({ run: () => "Hello" }) }),
  },
];

test("embedded actions are loaded in place of a folder, with the version they were built from", async () => {
  expect(findEmbedded()).toBeUndefined();
  using _ = embedActions({ version: "built", files: FILES });
  using catalog = await loadCatalog({ folder: "/missing" });
  expect(catalog).toMatchObject({ version: "built", notices: [] });
  const [entry] = catalog.list();
  expect(entry).toMatchObject({ address: "greeter/greet", version: "built" });
  expect(entry?.run({}, {} as never)).toBe("Hello");
  expect(readVersion("/missing")).toBe("built");
});

test("a file that fails to load is named", async () => {
  const load = () => Promise.reject(new Error("no database"));
  const files = [{ file: "greeter.ts", packageName: "greeter", load }];
  using _ = embedActions({ version: "built", files });
  await expect(loadCatalog({ folder: "/missing" })).rejects.toThrow(
    "no database",
  );
});

test("the program has no commands for folders then, and refuses options for them", async () => {
  using _ = embedActions({ version: "built", files: FILES });
  const { out } = await run(["--help"]);
  expect(out).toContain("  serve ");
  expect(out).not.toMatch(/^ {2}(?:new|dev|check|test|add|build) /m);
  for (const [argv, environment, name] of [
    [["serve", "--actions=x"], {}, "--actions"],
    [["serve", "--watch"], {}, "--watch"],
    [["serve"], { ACTIOND_ACTIONS: "x" }, "ACTIOND_ACTIONS"],
  ] as const)
    expect(await run(argv, environment)).toMatchObject({
      code: 2,
      note: `actiond: ${name} has no effect, because the actions are inside this executable. Build it again to change them.\n`,
    });
});
