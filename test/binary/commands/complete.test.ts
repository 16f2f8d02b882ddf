/** `actiond complete`: what shells are told. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import {
  type ActionFolder,
  exportAction,
  makeFolder,
} from "../../catalog/folder.ts";
import { runProgram } from "./program.ts";

let folder: ActionFolder;
beforeAll(() => {
  folder = makeFolder({
    "actions/greeter.ts": `${exportAction("greetAll")}throw new Error("It ran.");`,
    "actions/shop/order.ts": exportAction("order"),
    "actions/shop/broken.ts": "export const = 1;",
  });
});
afterAll(() => {
  folder[Symbol.dispose]();
});

/** The words that may stand in place of the last one. */
async function complete(...words: string[]): Promise<string[]> {
  const argv = ["complete", "--", ...words];
  const { out } = await runProgram(folder.path, argv);
  const lines = out.trim().split("\n").slice(0, -1);
  return lines.map((line) => line.split("\t")[0] ?? "");
}

test.each([
  [["ru"], ["run", "runs"]],
  [
    ["runs", "l"],
    ["list", "logs"],
  ],
  [["serve", "--wat"], ["--watch"]],
  [
    ["serve", "--log-level", ""],
    ["debug", "info", "warn", "error"],
  ],
  [["serve", "--log-level", "w"], ["warn"]],
  [["keys", "create", "--sc"], ["--scopes"]],
])("%j is completed with what is known", async (words, completions) => {
  expect(await complete(...words)).toEqual(completions);
});

test("addresses of actions are completed without running their code", async () => {
  expect(await complete("run", "")).toEqual([
    "greeter/greet-all",
    "shop/order",
  ]);
  expect(await complete("run", "sh")).toEqual(["shop/order"]);
});

test.each(["bash", "zsh", "fish", "powershell"])(
  "the script for %s calls actiond",
  async (shell) => {
    const { code, out, err } = await runProgram(folder.path, [
      "complete",
      shell,
    ]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/actiond complete '?--/);
  },
);

test("an unknown shell is refused with those there are", async () => {
  expect(await runProgram(folder.path, ["complete", "tcsh"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("bash, zsh, fish, powershell"),
  });
});
