import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { parseCommand } from "../../src/cli/program.ts";
import { UsageError } from "../../src/errors.ts";

const parse = (argv: string[], environment = {}) =>
  parseCommand(["keys", ...argv], environment);
const standard = {
  action: "create",
  name: "ci",
  data: resolve(".actiond"),
  scopes: ["run", "read", "cancel"],
  packages: null,
  expiresMs: Infinity,
};
const DAY = 86_400_000;

test.each<[string[], Record<string, string>, object]>([
  [["create", "ci"], {}, standard],
  [
    ["create", "ci", "--scopes", "read, run,read"],
    {},
    { ...standard, scopes: ["read", "run"] },
  ],
  [
    ["create", "ci", "--packages", "a,b-2"],
    {},
    { ...standard, packages: ["a", "b-2"] },
  ],
  [
    ["create", "ci", "--expires", "90d"],
    {},
    { ...standard, expiresMs: 90 * DAY },
  ],
  [["create", "ci", "--data", "/d"], {}, { ...standard, data: "/d" }],
  [
    ["create", "ci"],
    { ACTIOND_DATA: "/e", ACTIOND_EXPIRES: "1d" },
    { ...standard, data: "/e", expiresMs: DAY },
  ],
  [["list"], {}, { action: "list", data: standard.data }],
  [["list"], { ACTIOND_DATA: "/e" }, { action: "list", data: "/e" }],
  [["revoke", "ci"], {}, { action: "revoke", data: standard.data, key: "ci" }],
  [
    ["revoke", "key_1", "--data", "/d"],
    {},
    { action: "revoke", data: "/d", key: "key_1" },
  ],
])(
  "the command keys %j with the environment %j is understood",
  (argv, environment, config) => {
    expect(parse(argv, environment)).toEqual({
      command: "keys",
      config,
    } as never);
  },
);

test.each([
  [["create"], "missing required argument 'name'"],
  [
    ["create", "a b"],
    'It must be 1 to 64 letters, digits, "-", "_" and ".", and not begin with "key_".',
  ],
  [["create", "key_1"], 'not begin with "key_"'],
  [["create", ""], "It must be 1 to 64 letters"],
  [["create", "x".repeat(65)], "It must be 1 to 64 letters"],
  [
    ["create", "ci", "--scopes", "read,write"],
    "It must be some of run, read, cancel, admin, with commas between them.",
  ],
  [["create", "ci", "--scopes", ""], "It must be some of run"],
  [
    ["create", "ci", "--packages", "Greeter"],
    'It must be names of packages such as "greeter,shop"',
  ],
  [["create", "ci", "--packages", ","], "It must be names of packages"],
  [["create", "ci", "--expires", "soon"], "It must be a duration"],
  [
    ["create", "ci", "--expires", "0s"],
    'It must be longer than that, or "never".',
  ],
  [
    ["create", "ci", "--scopes", "admin", "--packages", "a"],
    'A key with the scope "admin" may do everything: --packages cannot limit it.',
  ],
  [["revoke"], "missing required argument 'key'"],
  [["bogus"], "unknown command 'bogus'"],
])("the command keys %j is refused", (argv, message) => {
  expect(() => parse(argv)).toThrow(UsageError);
  expect(() => parse(argv)).toThrow(message);
});

test("the help of keys is text to print", () => {
  for (const argv of [["--help"], ["create", "--help"], []])
    expect(parse(argv)).toMatchObject({
      command: "print",
      text: expect.stringContaining("Usage: actiond keys"),
    });
});
