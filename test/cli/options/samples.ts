/** For each option of `actiond serve`: texts it takes with what they mean, and texts it refuses by what is said of them. */
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { ServeConfig } from "../../../src/cli/options/groups/serve-options.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DURATION =
  'It must be a duration such as "250ms", "10s", "5m", "2h" or "30d".';
const SECONDS =
  'It must be a number of seconds such as "30", or a duration such as "250ms" or "5m".';
const SIZE = 'It must be a size such as "512KB", "10MB" or "1GB".';
export const PATH = 'It must be a path such as "./folder", not empty.';
const LIST = "It must be at least one value, not empty.";
const TOO_LONG = "It must be at most 24 days.";

type Samples = {
  readonly [
    Member in keyof Omit<
      ServeConfig,
      // No option sets these.
      "apiKey" | "childEnvironment" | "otel" | "decryptKeys"
    >
  ]: {
    readonly good: Readonly<Record<string, ServeConfig[Member]>>;
    readonly bad: Readonly<Record<string, readonly string[]>>;
  };
};

const url = {
  good: {
    "postgres://me:secret@one:5432,two/runs":
      "postgres://me:secret@one:5432,two/runs",
  },
  bad: {
    'It must be a URL such as "postgres://user@host:5432/name".': [
      "",
      "http://a/b",
      "postgres://",
    ],
  },
};
const path = (text: string) => ({
  good: { [text]: resolve(text) },
  bad: { [PATH]: ["", " "] },
});
const integer = (min: number, max: number, ...more: string[]) => ({
  [`It must be an integer from ${min} to ${max}.`]: [
    String(min - 1),
    String(max + 1),
    "",
    "many",
    "1e3",
    ...more,
  ],
});

/** A new option without samples does not compile. */
export const SAMPLES: Samples = {
  actions: path("a/b"),
  watch: {
    good: { true: true, 0: false },
    bad: { 'It must be "true" or "false".': ["", "yes"] },
  },
  data: path("/d"),
  host: {
    good: { "::1": "::1" },
    bad: {
      'It must be an address or a name such as "127.0.0.1" or "localhost", not empty.':
        ["", " "],
    },
  },
  port: { good: { 0: 0 }, bad: integer(0, 65_535, "8080.5") },
  logLevel: {
    good: { debug: "debug" },
    bad: { 'It must be "debug", "info", "warn" or "error".': ["loud", ""] },
  },
  logFormat: {
    good: { json: "json" },
    bad: { 'It must be "auto", "pretty" or "json".': ["xml"] },
  },
  apiKeyFile: path("/k"),
  secretsFile: path("/s"),
  allowShutdown: {
    good: { true: true, 1: true, false: false, 0: false },
    bad: { 'It must be "true" or "false".': ["", "yes"] },
  },
  insecure: {
    good: { true: true, 1: true, false: false, 0: false },
    bad: { 'It must be "true" or "false".': ["", "yes"] },
  },
  allowHosts: {
    good: {
      "Actions.example.com": ["actions.example.com"],
      "[::2]": ["::2"],
    },
    bad: {
      'It must be a name or an address such as "actions.example.com", without a port.':
        ["", "a b", "https://a.example", "a.example:80", "*", "a..b"],
    },
  },
  corsOrigins: {
    good: { "HTTPS://App.example.com:443": ["https://app.example.com"] },
    bad: {
      'It must be an origin such as "https://app.example.com": http or https, a host, and a port unless it is the default one, without a path.':
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
  },
  tlsCert: path("/c"),
  tlsKey: path("/k"),
  auditLog: path("/a"),
  oauthIssuer: {
    good: {
      "https://a.example": "https://a.example",
      "https://a.example/": "https://a.example/",
      "https://a.example/realms/b": "https://a.example/realms/b",
      "http://localhost:8080": "http://localhost:8080",
      "http://[::1]:8080": "http://[::1]:8080",
    },
    bad: {
      'It must be a URL such as "https://login.example.com": https, a host, and perhaps a path. On this machine it may be http.':
        [
          "a.example",
          "http://a.example",
          "ftp://localhost",
          "",
          "https://a/?b",
          "https://a/#b",
          "https://u@a/",
          "https://a/ ",
        ],
    },
  },
  oauthAudiences: {
    good: { "api://a,b": ["api://a", "b"] },
    bad: { [LIST]: ["", " , "] },
  },
  oauthPackagesClaim: {
    good: { "https://a/packages": "https://a/packages", groups: "groups" },
    bad: {
      'It must be the name of a claim, such as "packages" or "https://example.com/packages".':
        ["", "a b"],
    },
  },
  serverUrl: {
    good: {
      "https://a.example": "https://a.example",
      "http://a:8080/base/": "http://a:8080/base",
    },
    bad: {
      'It must be a URL such as "https://actions.example.com": http or https, a host, and perhaps a path.':
        ["a.example", "ftp://a", "https://a/?b", "https://u@a/", ""],
    },
  },
  basePath: {
    good: { "/actiond": "/actiond", "/a/b-c/": "/a/b-c", "/": "" },
    bad: {
      'It must be a path such as "/actiond".': ["a", "/a//b", "/a?b", "/../a"],
    },
  },
  trustProxy: {
    good: { "10.0.0.0/8, ::1": ["10.0.0.0/8", "::1"] },
    bad: {
      'It must be addresses or networks such as "10.0.0.0/8", not "nginx".': [
        "nginx",
        "10.0.0.1 nginx",
      ],
      "It must be at least one value, not empty.": [""],
    },
  },
  openDocs: {
    good: { true: true, 1: true, false: false, 0: false },
    bad: { 'It must be "true" or "false".': ["", "yes"] },
  },
  fullOpenapi: {
    good: { true: true, 1: true, false: false, 0: false },
    bad: { 'It must be "true" or "false".': ["", "yes"] },
  },
  maxRunning: { good: { 1: 1 }, bad: integer(1, 100_000) },
  maxQueued: { good: { 0: 0 }, bad: integer(0, 10_000_000) },
  maxWaitMs: {
    good: { 90: 90_000, "2m": 2 * MINUTE, "24d": 24 * 24 * HOUR },
    bad: {
      [SECONDS]: ["-1", "abc", "", "NaN", "Infinity", "1e3"],
      [TOO_LONG]: ["25d", "99999999999999999999"],
    },
  },
  startTimeoutMs: {
    good: { "1s": 1000, none: Infinity },
    bad: { [DURATION]: ["-1s"] },
  },
  runTimeoutMs: {
    good: { "5m": 300_000, none: Infinity },
    bad: { [DURATION]: ["5", "never"], 'It must be at least "1ms".': ["0s"] },
  },
  drainMs: {
    good: { "250ms": 250, "0s": 0 },
    bad: { [DURATION]: ["10", "1 s", "-1s", ""], [TOO_LONG]: ["25d"] },
  },
  rateLimit: {
    good: { 100: 100, none: Infinity },
    bad: integer(1, 1_000_000, "100/s", "all"),
  },
  keyShare: {
    good: { "50%": 0.5, all: 1 },
    bad: {
      'It must be from "1%" to "99%", or "all".': ["", "0%", "100%", "5"],
    },
  },
  maxRunsPerKey: {
    good: { 5: 5, all: Infinity },
    bad: integer(1, 10_000_000, "none"),
  },
  maxRequestsPerKey: {
    good: { 100: 100, all: Infinity },
    bad: integer(1, 10_000_000),
  },
  maxAuditBytes: { good: { "1MB": 1024 ** 2 }, bad: { [SIZE]: ["0", "MB"] } },
  maxConnections: { good: { 9: 9 }, bad: integer(1, 10_000_000) },
  maxHeldBytes: { good: { "1MB": 1024 ** 2 }, bad: { [SIZE]: ["0", "MB"] } },
  maxRequests: {
    good: { 9: 9, none: Infinity },
    bad: integer(1, 10_000_000),
  },
  maxStreams: { good: { 0: 0, 9: 9 }, bad: integer(0, 1_000_000) },
  requestTimeoutMs: {
    good: { "500ms": 500 },
    bad: { [DURATION]: ["30"], 'It must be at least "1ms".': ["0s"] },
  },
  idleTimeoutMs: {
    good: { "75s": 75_000, "2m": 120_000 },
    bad: {
      'It must be whole seconds from "1s" to "255s".': ["0s", "1500ms", "5m"],
      [DURATION]: ["75"],
    },
  },
  maxHeaderBytes: {
    good: { "8KB": 8192, "1KB": 1024, "64KB": 65_536 },
    bad: { "It must be from 1KB to 64KB.": ["1023", "65KB"], [SIZE]: ["8K"] },
  },
  maxInputBytes: {
    good: { "512KB": 512 * 1024 },
    bad: {
      [SIZE]: ["0", "big", "", "-1"],
      "It must be at most 400MB.": ["401MB", "9007199254740991"],
    },
  },
  maxInputDepth: { good: { 64: 64 }, bad: integer(1, 5000) },
  maxArtifactBytes: {
    good: { "5gb": 5 * 1024 ** 3 },
    bad: { [SIZE]: ["5 MB"] },
  },
  maxTotalArtifactBytes: {
    good: { "5gb": 5 * 1024 ** 3 },
    bad: { [SIZE]: ["5 MB"] },
  },
  maxLogBytes: {
    good: { "64kb": 64 * 1024 },
    bad: { [SIZE]: ["5 MB"], "It must be at most 400MB.": ["1GB"] },
  },
  maxInputValues: { good: { 100: 100 }, bad: integer(1, 100_000_000) },
  maxCheckMs: {
    good: { "1.5s": 1500 },
    bad: { [DURATION]: ["5"], 'It must be at least "1ms".': ["0s"] },
  },
  maxResultBytes: {
    good: { "400mb": 400 * 1024 ** 2 },
    bad: {
      [SIZE]: ["-1MB", "5 MB", "99999999999GB"],
      "It must be at most 400MB.": ["1GB"],
    },
  },
  isolation: {
    good: { process: "process", "in-process": "in-process" },
    bad: { 'It must be "in-process" or "process".': ["thread", ""] },
  },
  children: { good: { 0: 0 }, bad: integer(0, 1000) },
  maxChildren: {
    good: { 7: 7, cores: Math.max(2, availableParallelism()) },
    bad: integer(1, 1000, "all"),
  },
  childMemory: {
    good: { "1GB": 1024 ** 3 },
    bad: { [SIZE]: ["none"], "It must be at least 64MB.": ["63MB"] },
  },
  graceMs: {
    good: { "0s": 0 },
    bad: { [DURATION]: ["2"], [TOO_LONG]: ["25d"] },
  },
  callbackAllow: { good: { "a,*.b": ["a", "*.b"] }, bad: { [LIST]: [""] } },
  callbackSecrets: {
    good: { "a b": ["a", "b"] },
    bad: { [LIST]: ["", ","] },
  },
  callbackSecretFiles: { good: { "/f": ["/f"] }, bad: { [LIST]: [""] } },
  callbackRetryMs: {
    good: { "1s,2m": [1000, 2 * MINUTE] },
    bad: { [DURATION]: ["1s,", "1s;2s", "x", "", "5s,10"] },
  },
  callbackTimeoutMs: {
    good: { "1.5s": 1500 },
    bad: { [DURATION]: ["15"], 'It must be at least "1ms".': ["0s", "0.1ms"] },
  },
  maxCallbackBytes: {
    good: { "1MB": 1024 ** 2 },
    bad: { [SIZE]: ["0", "MB"] },
  },
  keepRunsMs: {
    good: { "7d": 7 * 24 * HOUR, forever: Infinity },
    bad: {
      [DURATION]: ["7", "never"],
      "It must be at most 36500 days.": ["36501d"],
    },
  },
  keepCount: {
    good: { 1000: 1000, all: Infinity },
    bad: { "It must be an integer from 1 to 9007199254740991.": ["0", "-1"] },
  },
  minFreeDiskBytes: {
    good: { "1GB": 1024 ** 3, none: 0 },
    bad: { [SIZE]: ["0", "some"] },
  },
  databaseUrl: url,
  databaseUrlFile: path("/run/secrets/database-url"),
  databaseListenUrl: url,
  databaseSchema: {
    good: { jobs_2: "jobs_2" },
    bad: {
      'It must be 1 to 48 lower-case letters, digits and "_", beginning with a letter.':
        ["", "Jobs", "2", "pg_jobs", "a".repeat(49)],
    },
  },
  databaseConnections: {
    good: { 8: 8 },
    bad: { "It must be an integer from 1 to 1000.": ["0", "1001", "many"] },
  },
  leaseMs: {
    good: { "2s": 2000 },
    bad: { [DURATION]: ["10"], 'It must be at least "1s".': ["999ms"] },
  },
  stallMs: {
    good: { "5m": 5 * MINUTE },
    bad: { [DURATION]: ["10"], 'It must be at least "1ms".': ["0s"] },
  },
  metrics: {
    good: {
      on: "on",
      "127.0.0.1:9464": { host: "127.0.0.1", port: 9464 },
      "[::1]:0": { host: "::1", port: 0 },
    },
    bad: {
      'It must be "off", "on", or an address and a port such as "127.0.0.1:9464".':
        ["", "yes", "9464", "a b:1"],
      "It must be an integer from 0 to 65535.": ["localhost:70000"],
    },
  },
  durability: {
    good: { normal: "normal" },
    bad: { 'It must be "full" or "normal".': ["half", ""] },
  },
};
