import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readConfiguredKey } from "../../src/access/configured-key.ts";
import { UsageError } from "../../src/errors.ts";
import { makeTemporaryFolder } from "../server.ts";

const KEY = "0123456789abcdef";

function makeFile(text: string) {
  const folder = makeTemporaryFolder();
  const file = join(folder, "key");
  writeFileSync(file, text);
  return {
    file,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const read = (given: { apiKey?: string; apiKeyFile?: string }) =>
  readConfiguredKey({ apiKey: undefined, apiKeyFile: undefined, ...given });

test("the key comes from the environment or from a file, whose white space is trimmed", () => {
  expect(read({})).toBeUndefined();
  expect(read({ apiKey: KEY })).toBe(KEY);
  using made = makeFile(`\n ${KEY}\r\n`);
  expect(read({ apiKeyFile: made.file })).toBe(KEY);
});

describe("texts that cannot be keys", () => {
  test.each([
    ["is empty", ""],
    ["is short", "short"],
    ["has fifteen letters", "fifteen-letters"],
    ["has a space", `${KEY} ${KEY}`],
    ["has an umlaut", `${KEY}ü`],
    ["has 257 letters", "x".repeat(257)],
  ])("a key that %s is refused and not quoted", (_, key) => {
    using made = makeFile(key);
    for (const given of [{ apiKey: key }, { apiKeyFile: made.file }]) {
      let message = "";
      try {
        read(given);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        message = (error as Error).message;
      }
      expect(message).toContain("16 to 256 visible ASCII characters");
      if (key !== "") expect(message).not.toContain(key);
    }
  });
});

test("a key file that is missing is refused, and so are two sources of the key", () => {
  expect(() => read({ apiKeyFile: "/does/not/exist" })).toThrow(
    "The file with the API key cannot be read: ENOENT",
  );
  expect(() => read({ apiKey: KEY, apiKeyFile: "/any" })).toThrow(
    "are both given",
  );
});
