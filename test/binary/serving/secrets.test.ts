/** Plants secrets wherever callers and operators put them, and looks for them wherever the executable writes. */
import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startReceiver } from "../../callback/receiver.ts";
import { toPlain, toSealed } from "../../scenarios/peers/envelopes.ts";
import { idOf } from "../../scenarios/scene.ts";
import {
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
} from "../../server.ts";

const word = (name: string) => `${name}-${Bun.randomUUIDv7("base64url")}`;
const KEY = word("key");
const WRONG_KEY = word("wrong-key");
const COOKIE = word("cookie");
const PROXY = word("proxy");
const USER_INFO = word("user-info");
/** Of actions: with the request, posted, in the file and in the environment of the server. */
const OF_REQUEST = word("of-request");
const OF_POST = word("of-post");
const OF_FILE = word("of-file");
const OF_VARIABLE = word("of-variable");
const DECRYPT_KEY = Buffer.from(word("decrypt").padEnd(32).slice(0, 32));
const SIGNING = [word("one"), word("two"), word("three")].map((text) =>
  Buffer.from(text.padEnd(32, "-").slice(0, 32)),
);
const [IN_OPTION = "", IN_VARIABLE = "", IN_FILE = ""] = SIGNING.map(
  (bytes) => `whsec_${bytes.toString("base64")}`,
);
/** What the fixture `fail` throws: for the log alone. */
const THROWN = "secret detail";

const SECRETS = {
  KEY,
  WRONG_KEY,
  COOKIE,
  PROXY,
  USER_INFO,
  OF_REQUEST,
  OF_POST,
  OF_FILE,
  OF_VARIABLE,
  DECRYPT_KEY: DECRYPT_KEY.toString("base64"),
  IN_OPTION: IN_OPTION.slice("whsec_".length),
  IN_VARIABLE: IN_VARIABLE.slice("whsec_".length),
  IN_FILE: IN_FILE.slice("whsec_".length),
};

/** @returns the names of the secrets that are in the text, also in base64, percent-encoded or as the bytes they stand for */
function findSecrets(text: string, secrets: object = SECRETS): string[] {
  return Object.entries(secrets).flatMap(([name, secret]: [string, string]) => {
    const spellings = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").slice(0, -4),
      Buffer.from(secret, "base64").toString("latin1"),
    ];
    return spellings.some((spelling) => text.includes(spelling)) ? [name] : [];
  });
}

test("the search of these tests finds secrets where they are", () => {
  for (const secret of Object.values(SECRETS)) {
    expect(findSecrets(`a ${secret} b`)).toHaveLength(1);
    expect(findSecrets(btoa(secret))).toHaveLength(1);
  }
});

describe.each([
  ["json", "in-process"],
  ["pretty", "process"],
])("with a log in %s, and code that runs %s", (format, isolation) => {
  let log: string;
  let replies: string;
  let callbacks: string;
  let kept: string;
  let audit: string;
  let shown: string;

  beforeAll(async () => {
    const folder = makeTemporaryFolder();
    const file = join(folder, "secrets");
    const auditFile = join(folder, "audit.log");
    const secretsFile = join(folder, "secrets.json");
    writeFileSync(file, IN_FILE);
    writeFileSync(secretsFile, JSON.stringify({ FROM_FILE: OF_FILE }));
    await using receiver = startReceiver(() => new Response());
    await using server = await startExecutable({
      options: [
        "--log-format",
        format,
        "--log-level",
        "debug",
        "--callback-secret",
        IN_OPTION,
        "--callback-secret-file",
        file,
        "--callback-allow",
        "127.0.0.1",
        "--audit-log",
        auditFile,
        "--secrets-file",
        secretsFile,
        "--isolation",
        isolation,
      ],
      environment: {
        ACTIOND_API_KEY: KEY,
        ACTIOND_CALLBACK_SECRET: IN_VARIABLE,
        // Actions have the environment of the server, as it is.
        FROM_VARIABLE: toSealed(OF_VARIABLE, DECRYPT_KEY),
        ACTION_SERVER_DECRYPT_KEYS: JSON.stringify([
          DECRYPT_KEY.toString("base64"),
        ]),
      },
    });
    const said: string[] = [];
    const ask = async (path: string, init: RequestInit = {}) => {
      const headers = { ...SENT, ...(init.headers as object) };
      const reply = await server.request(path, { ...init, headers });
      said.push(JSON.stringify([...reply.headers]), await reply.text());
      return reply;
    };
    const run = (action: string, headers = {}) =>
      ask(`/api/actions/probe/${action}/run`, { method: "POST", headers });

    await run("noop");
    await run("noop", { authorization: `Bearer ${WRONG_KEY}` });
    await run("noop", { authorization: WRONG_KEY, "x-api-key": WRONG_KEY });
    await run("noop", { "x-api-key": WRONG_KEY });
    await run("noop", {
      "x-actions-async-callback": `http://user:${USER_INFO}@127.0.0.1/`,
    });
    await ask("/api/secrets", {
      method: "POST",
      body: JSON.stringify({
        data: toPlain({ secrets: { FROM_POST: OF_POST }, scope: "global" }),
      }),
    });
    const context = {
      "x-action-context": toPlain({ secrets: { FROM_REQUEST: OF_REQUEST } }),
    };
    for (const action of ["blabs", "stumbles"]) {
      await run(action, context);
      await run(action, {
        ...context,
        "x-actions-async-timeout": "0",
        "x-actions-async-callback": receiver.url,
      });
    }
    await run("environment");
    await run("prints");
    await run("stray-throw");
    const failed = await run("fail");
    for (const action of ["noop", "fail"])
      await run(action, {
        "x-actions-async-timeout": "0",
        "x-actions-async-callback": receiver.url,
      });
    await receiver.arrived(4);
    const path = `/api/runs/${idOf(failed)}`;
    for (const asked of [path, `${path}/result`, `${path}/callback`])
      await ask(asked);
    for (const asked of ["/api/runs", "/api/callbacks", "/docs", "/nowhere"])
      await ask(asked);
    await ask("/openapi.json");
    await ask("/api/actions");

    shown = ["environ", "cmdline"]
      .map((name) => readFileSync(`/proc/${server.process.pid}/${name}`))
      .join("\n");
    kept = readAll(server.data);
    await server.stop();
    kept += readAll(server.data);
    ({ log } = await server.output());
    replies = said.join("\n");
    callbacks = receiver.received
      .map(({ headers, body }) => JSON.stringify([[...headers], body]))
      .join("\n");
    audit = readFileSync(auditFile, "utf8");
    rmSync(folder, { recursive: true, force: true });
  });

  test("no secret is in the log", () => {
    expect(findSecrets(log)).toEqual([]);
    expect(log).toContain("Started.");
    expect(log).toContain("printed [redacted] [redacted]");
    expect(log).toContain("written [redacted] [redacted]");
  });

  test("no secret is in a reply", () => {
    expect(findSecrets(replies)).toEqual([]);
    expect(replies).toContain("Unexpected error (TypeError)");
  });

  test("no secret is in a callback", () => {
    expect(findSecrets(callbacks)).toEqual([]);
    expect(callbacks.match(/webhook-signature/g)).toHaveLength(4);
  });

  test("no secret is in a file of the data folder", () => {
    expect(findSecrets(kept)).toEqual([]);
    expect(kept).toContain("Unexpected error (TypeError)");
  });

  test("no secret is in the audit log", () => {
    expect(findSecrets(audit)).toEqual([]);
    expect(audit).toContain('"outcome":"refused"');
  });

  test("no secret is in what the system shows of the process", () => {
    expect(findSecrets(shown)).toEqual([]);
    expect(shown).toContain("ACTIOND_API_KEY=***");
    expect(shown).toContain("--callback-secret");
  });

  test("an unexpected error of an action is in the log and in the kept log of its run, and nowhere else", () => {
    for (const text of [log, kept]) expect(text).toContain(THROWN);
    for (const text of [replies, callbacks, audit])
      expect(text).not.toContain(THROWN);
  });
});

/** With every request, as browsers, proxies and clients add them. */
const SENT = {
  authorization: `Bearer ${KEY}`,
  "x-api-key": KEY,
  cookie: `session=${COOKIE}`,
  "proxy-authorization": `Basic ${btoa(`user:${PROXY}`)}`,
};

/** All bytes of all files, as Latin-1. */
function readAll(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}

describe("the command line", () => {
  const environment = {
    ACTIOND_API_KEY: KEY,
    ACTIOND_CALLBACK_SECRET: IN_VARIABLE,
  };

  test.each([
    [["--help"]],
    [["serve", "--help"]],
    [["serve", "--prot", "1"]],
    [["serve", "--port", "x"]],
    [["serve", "--callback-secret", IN_OPTION, "--bogus"]],
    [["serve", `--callback-secrt=${IN_OPTION}`]],
    [["serve", "--actions", "/does/not/exist"]],
    [["serve", "--api-key-file", "/does/not/exist"]],
    [["backup"]],
    [["help", IN_OPTION]],
  ])("the output of the command line %j contains no secret", async (argv) => {
    const child = spawnExecutable(argv, environment);
    const texts = [child.stdout.text(), child.stderr.text()];
    const said = (await Promise.all(texts)).join("");
    expect(said).not.toBe("");
    expect(findSecrets(said)).toEqual([]);
  });
});
