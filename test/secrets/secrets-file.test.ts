import { afterAll, expect, jest, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../src/errors.ts";
import { parseDecryptKeys } from "../../src/secrets/decrypt-keys.ts";
import { SecretsFile } from "../../src/secrets/secrets-file.ts";
import { UnitError } from "../../src/units.ts";
import { makeTemporaryFolder } from "../server.ts";

const folder = makeTemporaryFolder();
const path = join(folder, "secrets");
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  ["a JSON object", '{"ONE": "1 = 1", "TWO": "two"}'],
  ["lines", '# these are secrets\nONE="1 = 1"\nexport TWO=two\n'],
])("a file with %s is read", (_, text) => {
  writeFileSync(path, text);
  using file = new SecretsFile(path, () => undefined);
  expect(file.get("ONE")).toBe("1 = 1");
  expect(file.get("TWO")).toBe("two");
  expect(file.get("constructor")).toBeUndefined();
});

test.each(["", "{", '{"ONE": 1}', "my-secret-value"])(
  "a file with %p is refused, and the refusal has nothing of it",
  (text) => {
    writeFileSync(path, text);
    const open = () => new SecretsFile(path, () => undefined);
    expect(open).toThrow(UsageError);
    expect(open).toThrow(`The file ${path} does not hold secrets.`);
    expect(open).not.toThrow("my-secret-value");
  },
);

test("a file that has changed is read again, and one that is wrong leaves what was known", async () => {
  writeFileSync(path, "ONE=first\n");
  let failed = Promise.withResolvers<unknown>();
  jest.useFakeTimers();
  try {
    using file = new SecretsFile(path, failed.resolve);
    writeFileSync(path, "ONE=second one\n");
    while (file.get("ONE") === "first") {
      jest.advanceTimersByTime(2000);
      await Bun.file(path).stat();
    }
    expect(file.get("ONE")).toBe("second one");
    writeFileSync(path, "{");
    jest.advanceTimersByTime(2000);
    expect(await failed.promise).toBeInstanceOf(UsageError);
    expect(file.get("ONE")).toBe("second one");
  } finally {
    jest.useRealTimers();
  }
});

test("keys are a list of 32 bytes each, and a wrong list is not shown", () => {
  const key = Buffer.alloc(32, 7);
  expect(parseDecryptKeys(JSON.stringify([key.toString("base64")]))).toEqual([
    key,
  ]);
  expect(parseDecryptKeys(" ")).toEqual([]);
  for (const wrong of ["secret", '"secret"', "[1]", '["secret"]', "{}"]) {
    const parse = () => parseDecryptKeys(wrong);
    expect(parse).toThrow(UnitError);
    expect(parse).not.toThrow("secret");
  }
});
