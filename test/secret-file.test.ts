import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../src/errors.ts";
import { readSecretFile } from "../src/secret-file.ts";
import { makeTemporaryFolder } from "./server.ts";

test("a file is read as it is, and one that cannot be read is named with what it should hold", () => {
  const folder = makeTemporaryFolder();
  const file = join(folder, "secret");
  writeFileSync(file, " ünchanged\r\n");
  expect(readSecretFile("the API key", file)).toBe(" ünchanged\r\n");
  for (const [path, code] of [
    [`${file}.missing`, "ENOENT"],
    [folder, "EISDIR"],
  ] as const) {
    const read = () => readSecretFile("the API key", path);
    expect(read).toThrow(UsageError);
    expect(read).toThrow(`The file with the API key cannot be read: ${code}`);
  }
  expect(() => readSecretFile("the API key", `${file}.missing`)).toThrow(
    `${file}.missing`,
  );
  rmSync(folder, { recursive: true, force: true });
});
