import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCallbackSecrets } from "../../src/callback/secrets.ts";
import { UsageError } from "../../src/errors.ts";
import { makeTemporaryFolder } from "../server.ts";

test("secrets of the command line come first, then those of the files with one on each line", () => {
  const folder = makeTemporaryFolder();
  const file = join(folder, "secrets");
  writeFileSync(file, "\nb\r\n  c\n\n");
  expect(
    readCallbackSecrets({
      callbackSecrets: ["a"],
      callbackSecretFiles: [file],
    }),
  ).toEqual(["a", "b", "c"]);
  rmSync(folder, { recursive: true, force: true });
});

test("a secret file that is missing is named", () => {
  const read = () =>
    readCallbackSecrets({
      callbackSecrets: [],
      callbackSecretFiles: ["/nowhere/secrets"],
    });
  expect(read).toThrow(UsageError);
  expect(read).toThrow("/nowhere/secrets");
});
