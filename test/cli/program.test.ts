import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import fc from "fast-check";
import {
  parseCommand,
  type ServeConfig,
  version,
} from "../../src/cli/program.ts";
import { UsageError } from "../../src/errors.ts";

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

test("every setting has its default when no option is given", () => {
  expect(serve([])).toEqual({
    actions: resolve("actions"),
    data: resolve(".actiond"),
    host: "127.0.0.1",
    port: 8080,
    maxWaitMs: HOUR,
    maxRunning: 256,
    maxQueued: 10_000,
    requestTimeoutMs: 30_000,
    rateLimit: Infinity,
    maxRunsPerKey: Infinity,
    maxInputBytes: 10 * 1024 * 1024,
    maxInputDepth: 1000,
    maxInputProperties: 1_000_000,
    maxResultBytes: 50 * 1024 * 1024,
    isolation: "in-process",
    children: 2,
    maxChildren: Math.max(2, availableParallelism()),
    childMemory: 512 * 1024 * 1024,
    graceMs: 2000,
    childEnvironment: {},
    drainMs: 10_000,
    runTimeoutMs: Infinity,
    startTimeoutMs: Infinity,
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
    maxRequests: 20_000,
    maxHeaderBytes: 16_384,
    corsOrigins: [],
    allowHosts: [],
    insecure: false,
    keepRunsMs: 30 * 24 * HOUR,
    keepCount: Infinity,
    durability: "full",
    logFormat: "auto",
    logLevel: "info",
  });
});

const DURATION =
  'It must be a duration such as "250ms", "10s", "5m", "2h" or "30d".';
const SIZE = 'It must be a size such as "512KB", "10MB" or "1GB".';
const PATH = 'It must be a path such as "./folder", not empty.';
const LIST = "It must be at least one value, not empty.";

/** Option, its default in the help, a good value, the member it becomes, and bad values by what is said of them. */
const OPTIONS: [
  string,
  string,
  string,
  Partial<ServeConfig>,
  Record<string, string[]>,
][] = [
  [
    "actions",
    "./actions",
    "a/b",
    { actions: resolve("a/b") },
    { [PATH]: [""] },
  ],
  ["data", "./.actiond", "/d", { data: "/d" }, { [PATH]: ["", " "] }],
  [
    "host",
    "127.0.0.1",
    "::1",
    { host: "::1" },
    {
      'It must be an address or a name such as "127.0.0.1" or "localhost", not empty.':
        ["", " "],
    },
  ],
  [
    "port",
    "8080",
    "0",
    { port: 0 },
    {
      "It must be an integer from 0 to 65535.": [
        "-1",
        "65536",
        "http",
        "",
        "8080.5",
      ],
    },
  ],
  [
    "max-wait",
    "3600",
    "90",
    { maxWaitMs: 90_000 },
    {
      [DURATION]: ["-1", "abc", "", "NaN", "Infinity", "1e3"],
      "It may be 24 days at the most.": ["25d", "99999999999999999999"],
    },
  ],
  ["max-wait", "3600", "2m", { maxWaitMs: 2 * MINUTE }, {}],
  ["max-wait", "3600", "24d", { maxWaitMs: 24 * 24 * HOUR }, {}],
  [
    "max-running",
    "256",
    "1",
    { maxRunning: 1 },
    { "It must be an integer from 1 to 100000.": ["0", "1e3", "100001"] },
  ],
  [
    "max-queued",
    "10000",
    "0",
    { maxQueued: 0 },
    { "It must be an integer from 0 to 10000000.": ["-5", "many", "10000001"] },
  ],
  [
    "max-input-bytes",
    "10MB",
    "512KB",
    { maxInputBytes: 512 * 1024 },
    {
      [SIZE]: ["0", "big", "", "-1"],
      "It may be 400MB at the most.": ["401MB", "9007199254740991"],
    },
  ],
  [
    "max-runs-per-key",
    "all",
    "5",
    { maxRunsPerKey: 5 },
    { "It must be an integer from 1 to 10000000.": ["0", "none"] },
  ],
  ["max-runs-per-key", "all", "all", { maxRunsPerKey: Infinity }, {}],
  [
    "rate-limit",
    "none",
    "100",
    { rateLimit: 100 },
    { "It must be an integer from 1 to 1000000.": ["0", "100/s"] },
  ],
  ["rate-limit", "none", "none", { rateLimit: Infinity }, {}],
  [
    "request-timeout",
    "30s",
    "500ms",
    { requestTimeoutMs: 500 },
    { [DURATION]: ["30"], 'It must be at least "1ms".': ["0s"] },
  ],
  [
    "max-input-depth",
    "1000",
    "64",
    { maxInputDepth: 64 },
    { "It must be an integer from 1 to 5000.": ["0", "5001", "deep"] },
  ],
  [
    "max-input-properties",
    "1000000",
    "100",
    { maxInputProperties: 100 },
    { "It must be an integer from 1 to 100000000.": ["0", "-1"] },
  ],
  [
    "max-result-bytes",
    "50MB",
    "400mb",
    { maxResultBytes: 400 * 1024 ** 2 },
    {
      [SIZE]: ["-1MB", "5 MB", "99999999999GB"],
      "It may be 400MB at the most.": ["1GB"],
    },
  ],
  [
    "isolation",
    "in-process",
    "process",
    { isolation: "process" },
    { "Allowed choices are in-process, process.": ["thread", ""] },
  ],
  [
    "children",
    "2",
    "0",
    { children: 0 },
    { "It must be an integer from 0 to 1000.": ["-1", "two"] },
  ],
  [
    "max-children",
    "cores",
    "7",
    { maxChildren: 7 },
    { "It must be an integer from 1 to 1000.": ["0", "all"] },
  ],
  [
    "max-children",
    "cores",
    "cores",
    { maxChildren: Math.max(2, availableParallelism()) },
    {},
  ],
  [
    "child-memory",
    "512MB",
    "1GB",
    { childMemory: 1024 ** 3 },
    { [SIZE]: ["none"], "It must be at least 64MB.": ["63MB"] },
  ],
  [
    "grace",
    "2s",
    "0s",
    { graceMs: 0 },
    { [DURATION]: ["2"], "It may be 24 days at the most.": ["25d"] },
  ],
  [
    "drain",
    "10s",
    "250ms",
    { drainMs: 250 },
    {
      [DURATION]: ["10", "1 s", "-1s", ""],
      "It may be 24 days at the most.": ["25d"],
    },
  ],
  ["drain", "10s", "0s", { drainMs: 0 }, {}],
  [
    "callback-retry",
    "5s,5m,30m,2h,5h,10h,14h,20h,24h",
    "1s,2m",
    { callbackRetryMs: [1000, 2 * MINUTE] },
    { [DURATION]: ["1s,", "1s;2s", "x", "", "5s,10"] },
  ],
  [
    "callback-timeout",
    "15s",
    "1.5s",
    { callbackTimeoutMs: 1500 },
    {
      [DURATION]: ["15"],
      'It must be at least "1ms".': ["0s", "0.1ms"],
    },
  ],
  [
    "callback-secret",
    "none",
    "a b",
    { callbackSecrets: ["a", "b"] },
    { [LIST]: ["", ","] },
  ],
  [
    "callback-secret-file",
    "none",
    "/f",
    { callbackSecretFiles: ["/f"] },
    { [LIST]: [""] },
  ],
  [
    "callback-allow",
    "none",
    "a,*.b",
    { callbackAllow: ["a", "*.b"] },
    { [LIST]: [""] },
  ],
  ["api-key-file", "none", "/k", { apiKeyFile: "/k" }, { [PATH]: ["", " "] }],
  ["audit-log", "none", "/a", { auditLog: "/a" }, { [PATH]: ["", " "] }],
  [
    "run-timeout",
    "none",
    "5m",
    { runTimeoutMs: 300_000 },
    { [DURATION]: ["5", "never"], 'It must be at least "1ms".': ["0s"] },
  ],
  ["run-timeout", "none", "none", { runTimeoutMs: Infinity }, {}],
  [
    "start-timeout",
    "none",
    "1s",
    { startTimeoutMs: 1000 },
    { [DURATION]: ["-1s"] },
  ],
  [
    "keep-runs",
    "30d",
    "7d",
    { keepRunsMs: 7 * 24 * HOUR },
    {
      [DURATION]: ["7", "never"],
      "It may be 36500 days at the most.": ["36501d"],
    },
  ],
  ["keep-runs", "30d", "forever", { keepRunsMs: Infinity }, {}],
  [
    "keep-count",
    "all",
    "1000",
    { keepCount: 1000 },
    { "It must be an integer from 1 to 9007199254740991.": ["0", "-1"] },
  ],
  ["keep-count", "all", "all", { keepCount: Infinity }, {}],
  [
    "max-requests",
    "20000",
    "9",
    { maxRequests: 9 },
    { "It must be an integer from 1 to 10000000.": ["0"] },
  ],
  ["max-requests", "20000", "none", { maxRequests: Infinity }, {}],
  [
    "max-header-bytes",
    "16KB",
    "8KB",
    { maxHeaderBytes: 8192 },
    { "It must be from 1KB to 16KB.": ["1023", "17KB"], [SIZE]: ["8K"] },
  ],
  [
    "cors-origin",
    "none",
    "HTTPS://App.example.com:443",
    { corsOrigins: ["https://app.example.com"] },
    {
      'It must be an origin such as "https://app.example.com": http or https, a host, and a port unless it is the usual one, without a path.':
        [
          "*",
          "null",
          "",
          "app.example.com",
          "https://a.example/",
          "https://a.example/path",
          "https://user@a.example",
          "ftp://a.example",
          "file:///x",
        ],
    },
  ],
  [
    "allow-host",
    "none",
    "Actions.example.com",
    { allowHosts: ["actions.example.com"] },
    {
      'It must be a name or an address such as "actions.example.com", without a port.':
        ["", "a b", "https://a.example", "a.example:80", "*", "a..b"],
    },
  ],
  ["tls-cert", "none", "/c", { tlsCert: "/c" }, { [PATH]: [""] }],
  ["tls-key", "none", "/k", { tlsKey: "/k" }, { [PATH]: [""] }],
  ["allow-host", "none", "[::2]", { allowHosts: ["::2"] }, {}],
  [
    "durability",
    "full",
    "normal",
    { durability: "normal" },
    { "Allowed choices are full, normal.": ["half", ""] },
  ],
  [
    "log-format",
    "auto",
    "json",
    { logFormat: "json" },
    { "Allowed choices are auto, pretty, json.": ["xml"] },
  ],
  [
    "log-level",
    "info",
    "debug",
    { logLevel: "debug" },
    { "Allowed choices are debug, info, warn, error.": ["loud"] },
  ],
];

function toVariable(name: string): string {
  return `ACTIOND_${name.replaceAll("-", "_").toUpperCase()}`;
}

describe.each(OPTIONS)(
  "--%s, by default %s",
  (name, standard, good, ...rest) => {
    const [expected, mistakes] = rest;
    const variable = toVariable(name);

    test(`takes ${good} from the command line`, () => {
      expect(serve([`--${name}`, good])).toMatchObject(expected);
    });

    test(`takes ${good} from the environment`, () => {
      expect(serve([], { [variable]: good })).toMatchObject(expected);
    });

    test("a wrong value is refused in one line that names the option and says what would be right", () => {
      for (const [reason, values] of Object.entries(mistakes))
        for (const value of values) {
          const fromArgv = mistakeOf(["serve", `--${name}=${value}`]);
          expect(fromArgv.replace(/ <[^>]+>/, "")).toBe(
            `option '--${name}' argument '${value}' is invalid. ${reason}`,
          );
          expect(mistakeOf(["serve"], { [variable]: value })).toBe(
            `${variable}="${value}" is wrong. ${reason}`,
          );
        }
    });

    test("the help explains the option with its variable and its default", () => {
      const { text } = parseCommand(["serve", "--help"], {}) as {
        text: string;
      };
      const [, line] = text
        .replaceAll(/\s+/g, " ")
        .split(new RegExp(` --${name} (?=<)`));
      const [own] = line?.split(/ --[a-z]/) ?? [];
      expect(own).toContain(`(${variable})`);
      expect(own).toContain(`default: ${standard})`);
    });
  },
);

test("the table above lists every option of the help", () => {
  const { text } = parseCommand(["serve", "--help"], {}) as { text: string };
  const names = [...text.matchAll(/^ +--([a-z-]+) </gm)].map(
    ([, name]) => name,
  );
  expect(new Set(names)).toEqual(new Set(OPTIONS.map(([name]) => name)));
});

test("the command line wins over the environment", () => {
  expect(serve(["--port", "1"], { ACTIOND_PORT: "2" }).port).toBe(1);
});

test("an API key comes from the environment alone and is never quoted", () => {
  const ACTIOND_API_KEY = "hunter2hunter2hunter2";
  expect(serve([], { ACTIOND_API_KEY }).apiKey).toBe(ACTIOND_API_KEY);
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

test("a flag is set by its presence or by its variable", () => {
  expect(serve(["--insecure"]).insecure).toBe(true);
  for (const [text, value] of [
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
  ] as const)
    expect(serve([], { ACTIOND_INSECURE: text }).insecure).toBe(value);
  expect(serve(["--insecure"], { ACTIOND_INSECURE: "false" }).insecure).toBe(
    true,
  );
  for (const text of ["", "yes"])
    expect(mistakeOf(["serve"], { ACTIOND_INSECURE: text })).toBe(
      `ACTIOND_INSECURE="${text}" is wrong. It must be "true" or "false".`,
    );
});

test("a repeatable option collects its values", () => {
  expect(
    serve(["--callback-allow", "a", "--callback-allow", "b,c"]).callbackAllow,
  ).toEqual(["a", "b", "c"]);
});

test("backup takes the data folder and the file to write", () => {
  expect(parseCommand(["backup", "copy.db", "--data", "/d"], {})).toEqual({
    command: "backup",
    config: { data: "/d", file: resolve("copy.db") },
  });
  expect(parseCommand(["backup", "c"], { ACTIOND_DATA: "/e" })).toMatchObject({
    config: { data: "/e" },
  });
});

test("the help and the version are text to print", () => {
  for (const argv of [
    ["--help"],
    ["serve", "--help"],
    ["help"],
    ["help", "serve"],
    [],
  ])
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
  [["help", "bogus"], "unknown command 'bogus'"],
  [["serve", "--port"], "option '--port <number>' argument missing"],
  [
    ["serve", "now"],
    "too many arguments for 'serve'. Expected 0 arguments but got 1.",
  ],
  [["backup"], "missing required argument 'file'"],
  [
    ["backup", ""],
    `command-argument value '' is invalid for argument 'file'. ${PATH}`,
  ],
  [["serve", "--prot=1"], "unknown option '--prot' (Did you mean --port?)"],
  [
    ["serve", "--port", "1\r\n2"],
    "option '--port <number>' argument '1 2' is invalid. It must be an integer from 0 to 65535.",
  ],
])("the command line %p is refused with %p", (argv, message) => {
  expect(mistakeOf(argv)).toBe(message);
});

/** What people and scripts may put on a command line. */
const WORD = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("serve", "backup", "help", "--help", "-V", "--", "-"),
  fc.constantFrom(...OPTIONS.map(([name]) => `--${name}`)),
  fc
    .tuple(fc.constantFrom(...OPTIONS.map(([name]) => name)), fc.string())
    .map(([name, value]) => `--${name}=${value}`),
);
const ENVIRONMENT = fc.dictionary(
  fc.constantFrom(...OPTIONS.map(([name]) => toVariable(name))),
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
    { numRuns: 500 },
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
      parseCommand(["serve", "--help"], { ACTIOND_CALLBACK_SECRET: SECRET }),
    ).toEqual(parseCommand(["serve", "--help"], {}));
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
      { numRuns: 500 },
    );
  });
});

test("the environment of the process itself is not read", () => {
  const before = process.env["ACTIOND_PORT"];
  process.env["ACTIOND_PORT"] = "1";
  try {
    expect(serve([]).port).toBe(8080);
  } finally {
    if (before === undefined) delete process.env["ACTIOND_PORT"];
    else process.env["ACTIOND_PORT"] = before;
  }
});
