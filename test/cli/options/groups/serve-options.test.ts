/** Every option of `actiond serve`, from the command line and from the environment. */
import { describe, expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  type Definition,
  type OptionSet,
} from "../../../../src/cli/options/option.ts";
import { serveOptions } from "../../../../src/cli/options/groups/serve-options.ts";
import { helpOf, mistakeOf, readServe } from "../../command-line.ts";
import { SAMPLES } from "../samples.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test("every setting has its default when no option is given", () => {
  expect(readServe([])).toEqual({
    actions: resolve("actions"),
    watch: false,
    data: resolve(".actiond"),
    host: "127.0.0.1",
    port: 8080,
    maxWaitMs: HOUR,
    maxRunning: 256,
    maxQueued: 10_000,
    oauthIssuer: undefined,
    oauthAudiences: [],
    oauthPackagesClaim: undefined,
    requestTimeoutMs: 30_000,
    idleTimeoutMs: 75_000,
    rateLimit: Infinity,
    maxRunsPerKey: Infinity,
    keyShare: 0.75,
    maxAuditBytes: 1024 ** 3,
    maxConnections: 25_000,
    maxInputBytes: 10 * 1024 * 1024,
    maxInputDepth: 1000,
    maxArtifactBytes: 100 * 1024 * 1024,
    maxTotalArtifactBytes: 10 * 1024 ** 3,
    maxLogBytes: 1024 * 1024,
    maxStreams: 1000,
    maxInputValues: 100_000,
    maxCheckMs: 5000,
    maxResultBytes: 50 * 1024 * 1024,
    isolation: "in-process",
    children: 2,
    maxChildren: Math.max(2, availableParallelism()),
    childMemory: 512 * 1024 * 1024,
    graceMs: 2000,
    childEnvironment: {},
    metrics: "off",
    minFreeDiskBytes: 100 * 1024 * 1024,
    databaseUrl: undefined,
    databaseUrlFile: undefined,
    databaseListenUrl: undefined,
    databaseSchema: "actiond",
    databaseConnections: 4,
    leaseMs: 10_000,
    stallMs: 60_000,
    otel: {},
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
    maxCallbackBytes: 64 * 1024 ** 2,
    callbackSecrets: [],
    callbackSecretFiles: [],
    callbackAllow: [],
    maxRequests: 20_000,
    maxRequestsPerKey: 5000,
    maxHeldBytes: 256 * 1024 ** 2,
    maxHeaderBytes: 65_536,
    corsOrigins: [],
    allowHosts: [],
    tlsCert: undefined,
    tlsKey: undefined,
    apiKey: undefined,
    apiKeyFile: undefined,
    secretsFile: undefined,
    allowShutdown: false,
    decryptKeys: [],
    auditLog: undefined,
    serverUrl: undefined,
    basePath: "",
    trustProxy: [],
    openDocs: false,
    fullOpenapi: false,
    insecure: false,
    keepRunsMs: 30 * 24 * HOUR,
    keepCount: Infinity,
    durability: "full",
    logFormat: "auto",
    logLevel: "info",
  });
});

const definitions: OptionSet = serveOptions;

describe.each(Object.entries(SAMPLES))(
  "The option for %s",
  (member, samples) => {
    const {
      flags = "",
      variable = "",
      help,
      default: standard,
      isSecret,
    } = definitions[member] as Definition<unknown>;
    const [name = ""] = flags.split(" ");
    const isFlag = name === flags;

    test("a good value is taken from the environment", () => {
      for (const [text, value] of Object.entries(samples.good))
        expect(readServe([], { [variable]: text })).toHaveProperty(
          member,
          value,
        );
    });

    test("a wrong value in the environment is refused in one line that names the variable and says what would be right", () => {
      for (const [reason, texts] of Object.entries(samples.bad))
        for (const text of texts) {
          const line = mistakeOf(["serve"], { [variable]: text });
          if (isSecret) expect(line).toBe(`${variable} is invalid. ${reason}`);
          else expect(line).toBe(`${variable}="${text}" is invalid. ${reason}`);
        }
    });

    test.skipIf(isFlag)("a good value is taken from the command line", () => {
      for (const [text, value] of Object.entries(samples.good))
        expect(readServe([name, text])).toHaveProperty(member, value);
    });

    test.skipIf(isFlag)(
      "a wrong value is refused in one line that names the option and says what would be right",
      () => {
        for (const [reason, texts] of Object.entries(samples.bad))
          for (const text of texts)
            expect(mistakeOf(["serve", `${name}=${text}`])).toBe(
              `option '${flags}' argument '${text}' is invalid. ${reason}`,
            );
      },
    );

    test("the help explains the option with its variable and its default", () => {
      const own = helpOf("serve")
        .split(new RegExp(` (?=--[a-z-]+ )`))
        .find((line) => line.startsWith(`${name} `));
      expect(own).toStartWith(`${flags} ${help}`);
      expect(own).toContain(`[${variable}]`);
      if (standard !== undefined)
        expect(own).toContain(`(default: ${standard})`);
    });
  },
);

test("a default means the same as the same text given", () => {
  for (const [member, { variable, default: text }] of Object.entries(
    definitions,
  ))
    if (variable !== undefined && text !== undefined)
      expect(readServe([], { [variable]: text })).toHaveProperty(
        member,
        readServe([])[member as keyof typeof SAMPLES],
      );
});

test("the command line wins over the environment", () => {
  expect(readServe(["--port", "1"], { ACTIOND_PORT: "2" }).port).toBe(1);
  expect(
    readServe(["--insecure"], { ACTIOND_INSECURE: "false" }).insecure,
  ).toBe(true);
});

test("a repeatable option collects its values", () => {
  expect(
    readServe(["--callback-allow", "a", "--callback-allow", "b,c"])
      .callbackAllow,
  ).toEqual(["a", "b", "c"]);
});

test("child processes get the environment without the settings", () => {
  expect(
    readServe([], { HOME: "/home/me", ACTIOND_PORT: "1", ACTIOND_X: "2" })
      .childEnvironment,
  ).toEqual({ HOME: "/home/me" });
});

test("the help begins with the everyday options", () => {
  expect(helpOf("serve")).toContain(
    "over HTTP. Everyday options: --actions <folder>",
  );
});
