/** What command lines ask for, and how wrong ones are refused. */
import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import fc from "fast-check";
import { type OptionSet } from "../../../src/cli/options/option.ts";
import { serveOptions } from "../../../src/cli/options/groups/serve-options.ts";
import { version } from "../../../src/cli/version.ts";
import { helpOf, mistakeOf, read, readServe } from "../command-line.ts";
import { PATH } from "../options/samples.ts";

test("an API key comes from the environment alone and is never quoted", () => {
  const ACTIOND_API_KEY = "hunter2hunter2hunter2";
  expect(readServe([], { ACTIOND_API_KEY }).apiKey).toBe(ACTIOND_API_KEY);
  for (const argv of [
    ["--api-key", ACTIOND_API_KEY],
    [`--api-key=${ACTIOND_API_KEY}`],
  ]) {
    const line = mistakeOf(["serve", ...argv]);
    expect(line).toStartWith("unknown option '--api-key'");
    expect(line).not.toContain(ACTIOND_API_KEY);
  }
  expect(
    mistakeOf(["serve", "--port", "x"], { ACTIOND_API_KEY }),
  ).not.toContain(ACTIOND_API_KEY);
});

test("backup takes the data folder and the folder to write", () => {
  expect(read(["backup", "copy", "--data", "/d"])).toEqual({
    data: "/d",
    folder: resolve("copy"),
  });
  expect(read(["backup", "c"], { ACTIOND_DATA: "/e" })).toMatchObject({
    data: "/e",
  });
});

test("the help and the version are text to print", () => {
  for (const argv of [
    ["--help"],
    ["serve", "--help"],
    ["help"],
    ["help", "serve"],
    ["help", "keys"],
    ["keys", "help", "create"],
    [],
  ])
    expect(read(argv)).toStartWith("Usage: actiond");
  expect(read(["--version"])).toBe(`${version}\n`);
});

test("the help of a command says how the environment sets its options, and has examples", () => {
  for (const command of [["serve"], ["backup"], ["keys", "create"]]) {
    const help = helpOf(...command);
    expect(help).toContain("can also be set by the environment variable");
    expect(help).toContain(`Examples: actiond ${command.join(" ")}`);
  }
  expect(helpOf("serve")).toContain(" ACTIOND_API_KEY A single API key");
  expect(helpOf()).toContain("Examples: actiond ");
});

test.each([
  [["serve", "--prot", "1"], "unknown option '--prot' (Did you mean --port?)"],
  [["serve", "--prot=1"], "unknown option '--prot' (Did you mean --port?)"],
  [
    ["serve", "--bogus"],
    "unknown option '--bogus'. \"actiond serve --help\" lists the options.",
  ],
  [
    ["--drain=80"],
    "unknown option '--drain'. Put it after its command: dev, serve, start, mcp.",
  ],
  [
    ["--bogus"],
    "unknown option '--bogus'. \"actiond --help\" lists the commands.",
  ],
  [
    ["bogus"],
    "unknown command 'bogus'. \"actiond --help\" lists the commands.",
  ],
  [["sevre"], "unknown command 'sevre' (Did you mean serve?)"],
  [
    ["help", "bogus"],
    "unknown command 'bogus'. \"actiond --help\" lists the commands.",
  ],
  [["help", "sevre"], "unknown command 'sevre' (Did you mean serve?)"],
  [["keys", "lst"], "unknown command 'lst' (Did you mean list?)"],
  [["keys", "help", "lst"], "unknown command 'lst' (Did you mean list?)"],
  [["serve", "--port"], "option '--port <number>' argument missing"],
  [
    ["serve", "now"],
    "too many arguments for 'serve'. Expected 0 arguments but got 1.",
  ],
  [["backup"], "missing required argument 'folder'"],
  [["backup", ""], `"" is not valid as <folder>. ${PATH}`],
  [
    ["serve", "--port", "1\r\n2"],
    "option '--port <number>' argument '1 2' is invalid. It must be an integer from 0 to 65535.",
  ],
])("the command line %p is refused with %p", (argv, message) => {
  expect(mistakeOf(argv)).toBe(message);
});

const definitions = Object.values<OptionSet[string]>(serveOptions);
const names = definitions.flatMap(({ flags }) => flags?.split(" ")[0] ?? []);
const variables = definitions.flatMap(({ variable }) => variable ?? []);

/** What people and scripts may put on a command line. */
const WORD = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("serve", "backup", "keys", "help", "--help", "-V", "--", "-"),
  fc.constantFrom(...names),
  fc
    .tuple(fc.constantFrom(...names), fc.string())
    .map((parts) => parts.join("=")),
);
const ENVIRONMENT = fc.dictionary(
  fc.constantFrom(...variables),
  fc.string({ unit: "binary" }),
  { maxKeys: 2 },
);

test("any command line gives a command or a refusal in one line", () => {
  fc.assert(
    fc.property(
      fc.array(WORD, { maxLength: 5 }),
      ENVIRONMENT,
      (argv, environment) => {
        const line = mistakeOf(argv, environment);
        expect(line).not.toMatch(/[\n\r\u2028\u2029]/);
        expect(line).not.toBe("");
      },
    ),
    { numRuns: 200 },
  );
});

describe("secrets on the command line", () => {
  const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

  test.each([
    [["serve", "--callback-secret", SECRET, "--port", "x"], {}],
    [["serve", `--callback-secret=${SECRET}`, "--bogus"], {}],
    [["serve", `--callback-secrt=${SECRET}`], {}],
    [["serve", "--callback-secret", "one", SECRET], {}],
    [["serve", "--port", SECRET], {}],
    [[`--callback-secret=${SECRET}`, "serve"], {}],
    [[SECRET], {}],
    [["serve", "--port", "x"], { ACTIOND_CALLBACK_SECRET: SECRET }],
    [["serve"], { ACTIOND_PORT: SECRET }],
    [["serve"], { ACTIOND_PORT: "x", ACTIOND_CALLBACK_SECRET: SECRET }],
  ])(
    "the refusal of %j with the environment %j does not quote the secret",
    (argv, environment) => {
      const line = mistakeOf(argv, environment);
      expect(line).not.toBe("none");
      expect(line).not.toContain(SECRET.slice("whsec_".length));
    },
  );

  test("a secret is not quoted even if it is malformed", () => {
    for (const argv of [
      ["serve", "--callback-secrt=hunter2"],
      ["serve", "--callback-secret", "one", "hunter2"],
      ["serve", "--callback-secret", "hunter2", "--port", "x"],
    ]) {
      expect(mistakeOf(argv)).not.toBe("none");
      expect(mistakeOf(argv)).not.toContain("hunter2");
    }
  });

  test("the help does not show a secret of the environment", () => {
    expect(
      read(["serve", "--help"], { ACTIOND_CALLBACK_SECRET: SECRET }),
    ).toEqual(read(["serve", "--help"]));
  });

  test("a secret is not quoted wherever it stands on the command line", () => {
    fc.assert(
      fc.property(
        fc.array(WORD, { maxLength: 3 }),
        fc.array(WORD, { maxLength: 3 }),
        fc.constantFrom(SECRET, `--callback-secret=${SECRET}`),
        ENVIRONMENT,
        (before, after, secret, environment) => {
          const argv = ["serve", ...before, secret, ...after];
          const line = mistakeOf(argv, {
            ...environment,
            ACTIOND_CALLBACK_SECRET: SECRET,
          });
          expect(line).not.toContain(SECRET.slice("whsec_".length));
        },
      ),
      { numRuns: 200 },
    );
  });
});

test("the environment of the process itself is not read", () => {
  const before = process.env["ACTIOND_PORT"];
  process.env["ACTIOND_PORT"] = "1";
  try {
    expect(readServe([]).port).toBe(8080);
  } finally {
    if (before === undefined) delete process.env["ACTIOND_PORT"];
    else process.env["ACTIOND_PORT"] = before;
  }
});
