import { describe, expect, test } from "bun:test";
import { resolve } from "node:path";
import fc from "fast-check";
import {
  parseCommand,
  type ServeConfig,
  UsageError,
  version,
} from "../src/config.ts";

function serve(
  argv: readonly string[],
  environment: Record<string, string> = {},
): ServeConfig {
  const command = parseCommand(["serve", ...argv], environment);
  if (command.command !== "serve") throw new Error("This is not serve.");
  return command.config;
}

function mistakeOf(
  argv: readonly string[],
  environment: Record<string, string> = {},
): string {
  try {
    parseCommand(argv, environment);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "none";
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("without options everything has its default", () => {
  expect(serve([])).toEqual({
    actions: resolve("actions"),
    data: resolve(".actiond"),
    host: "127.0.0.1",
    port: 8080,
    maxWaitMs: HOUR,
    maxRunning: 256,
    maxQueued: 10_000,
    maxInputBytes: 10 * 1024 * 1024,
    maxResultBytes: 50 * 1024 * 1024,
    drainMs: 10_000,
    callbackRetryMs: [
      5000,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      24 * HOUR,
    ],
    callbackTimeoutMs: 15_000,
    callbackSecrets: [],
    callbackSecretFiles: [],
    callbackAllow: [],
    keepRunsMs: 30 * 24 * HOUR,
    keepCount: Infinity,
    durability: "full",
    logFormat: "auto",
    logLevel: "info",
  });
});

/** Option, a good value, the member it becomes, and bad values. */
const OPTIONS: [string, string, Partial<ServeConfig>, string[]][] = [
  ["actions", "a/b", { actions: resolve("a/b") }, []],
  ["data", "/d", { data: "/d" }, []],
  ["host", "::1", { host: "::1" }, []],
  ["port", "0", { port: 0 }, ["-1", "65536", "http", "", "8080.5"]],
  ["max-wait", "90", { maxWaitMs: 90_000 }, ["-1", "abc", "", "30d"]],
  ["max-wait", "2m", { maxWaitMs: 2 * MINUTE }, []],
  ["max-running", "1", { maxRunning: 1 }, ["0", "1e3"]],
  ["max-queued", "0", { maxQueued: 0 }, ["-5", "many"]],
  ["max-input-bytes", "512KB", { maxInputBytes: 512 * 1024 }, ["0", "big"]],
  ["max-result-bytes", "1gb", { maxResultBytes: 1024 ** 3 }, ["-1MB", "5 MB"]],
  ["drain", "250ms", { drainMs: 250 }, ["10", "1 s", "-1s", "25d"]],
  [
    "callback-retry",
    "1s,2m",
    { callbackRetryMs: [1000, 2 * MINUTE] },
    ["1s,", "1s;2s", "x"],
  ],
  ["callback-timeout", "1.5s", { callbackTimeoutMs: 1500 }, ["15"]],
  ["callback-secret", "a b", { callbackSecrets: ["a", "b"] }, []],
  ["callback-secret-file", "/f", { callbackSecretFiles: ["/f"] }, []],
  ["callback-allow", "a,*.b", { callbackAllow: ["a", "*.b"] }, []],
  ["keep-runs", "7d", { keepRunsMs: 7 * 24 * HOUR }, ["7", "never"]],
  ["keep-runs", "forever", { keepRunsMs: Infinity }, []],
  ["keep-count", "1000", { keepCount: 1000 }, ["0", "-1"]],
  ["keep-count", "all", { keepCount: Infinity }, []],
  ["durability", "normal", { durability: "normal" }, ["half"]],
  ["log-format", "json", { logFormat: "json" }, ["xml"]],
  ["log-level", "debug", { logLevel: "debug" }, ["loud"]],
];

describe.each(OPTIONS)("--%s %s", (name, good, expected, bad) => {
  const variable = `ACTIOND_${name.replaceAll("-", "_").toUpperCase()}`;

  test("is taken from the command line", () => {
    expect(serve([`--${name}`, good])).toMatchObject(expected);
  });

  test("is taken from the environment", () => {
    expect(serve([], { [variable]: good })).toMatchObject(expected);
  });

  test("is refused in one line that names it, and what would be right", () => {
    for (const value of bad) {
      const fromArgv = mistakeOf(["serve", `--${name}=${value}`]);
      expect(fromArgv).toStartWith(`option '--${name} `);
      expect(fromArgv).toMatch(/(?:must be|may be|choices are)/);
      const fromEnvironment = mistakeOf(["serve"], { [variable]: value });
      expect(fromEnvironment).toStartWith(
        `${variable}=${JSON.stringify(value)} is wrong. `,
      );
      expect(`${fromArgv}${fromEnvironment}`).not.toContain("\n");
    }
  });

  test("is explained in the help, with its variable", () => {
    const { text } = parseCommand(["serve", "--help"], {}) as { text: string };
    expect(text).toContain(`--${name} <`);
    expect(text.replaceAll(/\s+/g, " ")).toContain(`(${variable})`);
  });
});

test("the command line wins over the environment", () => {
  expect(serve(["--port", "1"], { ACTIOND_PORT: "2" }).port).toBe(1);
});

test("an option that may be repeated adds up", () => {
  expect(
    serve(["--callback-allow", "a", "--callback-allow", "b,c"]).callbackAllow,
  ).toEqual(["a", "b", "c"]);
});

test("backup takes the folder and the file", () => {
  expect(parseCommand(["backup", "copy.db", "--data", "/d"], {})).toEqual({
    command: "backup",
    config: { data: "/d", file: resolve("copy.db") },
  });
  expect(parseCommand(["backup", "c"], { ACTIOND_DATA: "/e" })).toMatchObject({
    config: { data: "/e" },
  });
});

test("help and version are text to print", () => {
  for (const argv of [["--help"], ["serve", "--help"], ["help", "serve"], []])
    expect(parseCommand(argv, {})).toMatchObject({
      command: "print",
      text: expect.stringContaining("Usage: actiond"),
    });
  expect(parseCommand(["--version"], {})).toEqual({
    command: "print",
    text: `${version}\n`,
  });
});

test.each([
  [["serve", "--prot", "1"], "unknown option '--prot' (Did you mean --port?)"],
  [["bogus"], "unknown command 'bogus'"],
  [["serve", "--port"], "option '--port <number>' argument missing"],
  [
    ["serve", "now"],
    "too many arguments for 'serve'. Expected 0 arguments but got 1: now.",
  ],
  [["backup"], "missing required argument 'file'"],
])("%p is refused with %p", (argv, message) => {
  expect(mistakeOf(argv)).toBe(message);
});

test("whatever is given, the answer is a command or one line", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("serve", "backup", "--help", "-V", "--", "-", "--port"),
    fc.constantFrom(...OPTIONS.map(([name]) => `--${name}`)),
  );
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 5 }),
      fc.dictionary(
        fc.constantFrom("ACTIOND_PORT", "ACTIOND_DRAIN", "ACTIOND_KEEP_RUNS"),
        fc.string(),
      ),
      (argv, environment) => {
        expect(mistakeOf(argv, environment)).not.toContain("\n");
      },
    ),
    { numRuns: 300 },
  );
});
