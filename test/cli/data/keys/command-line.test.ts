/** What the command lines of `actiond keys` ask for. */
import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { mistakeOf, read } from "../../command-line.ts";

const place = { data: resolve(".actiond"), databaseSchema: "actiond" };
const standard = {
  ...place,
  name: "ci",
  scopes: ["run", "read", "cancel"],
  packages: undefined,
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
  [["list"], {}, place],
  [["list"], { ACTIOND_DATA: "/e" }, { ...place, data: "/e" }],
  [
    ["list", "--database-schema", "x"],
    { ACTIOND_DATABASE_URL: "postgres://h/x" },
    { ...place, databaseSchema: "x", databaseUrl: "postgres://h/x" },
  ],
  [["revoke", "ci"], {}, { ...place, key: "ci" }],
  [
    ["revoke", "key_1", "--data", "/d"],
    {},
    { ...place, data: "/d", key: "key_1" },
  ],
])(
  "the command keys %j with the environment %j is understood",
  (argv, environment, config) => {
    expect(read(["keys", ...argv], environment)).toEqual(config);
  },
);

test.each([
  [["create"], "missing required argument 'name'"],
  [
    ["create", "a b"],
    'It must be 1 to 64 letters, digits, "-", "_" and ".", and must not begin with "key_".',
  ],
  [["create", "key_1"], 'must not begin with "key_"'],
  [["create", ""], "It must be 1 to 64 letters"],
  [["create", "x".repeat(65)], "It must be 1 to 64 letters"],
  [
    ["create", "ci", "--scopes", "read,write"],
    "It must be one or more of run, read, cancel, admin, separated by commas.",
  ],
  [["create", "ci", "--scopes", ""], "It must be one or more of run"],
  [
    ["create", "ci", "--packages", "Greeter"],
    'It must be names of packages as in the addresses of actions, such as "greeter,shop".',
  ],
  [["create", "ci", "--packages", ","], "It must be names of packages"],
  [["create", "ci", "--expires", "soon"], "It must be a duration"],
  [
    ["create", "ci", "--expires", "0s"],
    'It must be longer than zero, or "never".',
  ],
  [["revoke"], "missing required argument 'key'"],
  [["bogus"], "unknown command 'bogus'"],
])("the command keys %j is refused", (argv, message) => {
  expect(mistakeOf(["keys", ...argv])).toContain(message);
});
