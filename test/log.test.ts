import { beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";

/** Runs a program that logs, and answers with what came out of it. */
async function run(format: string, level: string, body: string) {
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `import { createLog } from ${JSON.stringify(join(import.meta.dir, "../src/log.ts"))};
       const log = createLog({ format: ${JSON.stringify(format)}, level: ${JSON.stringify(level)} });
       ${body}`,
    ],
    { stdout: "pipe", stderr: "pipe" },
  );
  const [out, error] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
  ]);
  return { out, lines: error.trimEnd().split("\n") };
}

/** What the lines hold besides the level and the time. */
async function logged(body: string): Promise<Record<string, unknown>[]> {
  const { lines } = await run("json", "debug", body);
  return lines.map((line) => {
    const { level: _, time: __, ...entry } = JSON.parse(line);
    return entry;
  });
}

test("JSON lines go to standard error with one line for each entry", async () => {
  const { out, lines } = await run(
    "json",
    "info",
    `log.debug("not said"); log.info("One.", { run_id: "r" }); log.child({ a: 1 }).child({ b: 2 }).warn("Two.");`,
  );
  expect(out).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      run_id: "r",
      message: "One.",
    },
    { level: "warn", time: expect.any(String), a: 1, b: 2, message: "Two." },
  ]);
});

test.each([
  ["debug", "debug info warn error"],
  ["info", "info warn error"],
  ["warn", "warn error"],
  ["error", "error"],
])("the level %s writes the entries %s", async (level, said) => {
  const { lines } = await run(
    "json",
    level,
    `for (const level of ["debug", "info", "warn", "error"]) log[level]("Said.");`,
  );
  expect(lines.map((line) => JSON.parse(line).level).join(" ")).toBe(said);
});

describe("an error", () => {
  test("an error is written with its stack and its cause", async () => {
    const [entry] = await logged(
      `log.error("Bad.", { error: new TypeError("outer", { cause: new Error("inner") }) });`,
    );
    expect(entry?.["error"]).toEqual({
      type: "TypeError",
      message: "outer",
      stack: expect.stringContaining("TypeError: outer\n    at "),
      cause: {
        type: "Error",
        message: "inner",
        stack: expect.stringContaining("Error: inner\n    at "),
      },
    });
  });

  test("an error is written with its gathered errors and its own members", async () => {
    const [entry] = await logged(
      `log.error("Bad.", { error: Object.assign(new AggregateError([new Error("one")], "all"), { code: "E" }) });`,
    );
    expect(entry?.["error"]).toMatchObject({
      message: "all",
      code: "E",
      errors: [{ type: "Error", message: "one" }],
    });
  });

  test("an error is written under any name or in place of the fields", async () => {
    const entries = await logged(
      `log.error("Bad.", { failure: new RangeError("r") });
       log.error("Bad.", { err: new RangeError("r") });
       log.error("Bad.", new RangeError("r"));`,
    );
    const error = expect.objectContaining({ type: "RangeError", message: "r" });
    expect(entries).toEqual([
      { failure: error, message: "Bad." },
      { err: error, message: "Bad." },
      { error, message: "Bad." },
    ]);
  });

  test("a thrown value that is not an error is written as it is", async () => {
    expect(await logged(`log.error("Bad.", { error: "a string" });`)).toEqual([
      { error: "a string", message: "Bad." },
    ]);
  });
});

describe("secrets in fields", () => {
  const NAMES = [
    "authorization",
    "cookie",
    "x-api-key",
    "secret",
    "apiKey",
    "password",
    "token",
    "set-cookie",
    "api_key",
    "callbackSecrets",
  ];

  const inAnyCase = (name: string) => [
    name,
    name.toUpperCase(),
    name.toLowerCase(),
  ];
  let entries: Record<string, unknown>[];
  beforeAll(async () => {
    const each = NAMES.map((name) => {
      const fields = inAnyCase(name).map((key) => [key, "s3cret"]);
      return `log.info("", ${JSON.stringify(Object.fromEntries(fields))});`;
    });
    entries = await logged(each.join("\n"));
  });

  test.each(NAMES)("the field %s is redacted in any case", (name) => {
    const entry = entries[NAMES.indexOf(name)];
    for (const key of inAnyCase(name)) expect(entry?.[key]).toBe("[redacted]");
  });

  test("secrets are redacted at any depth, in lists, errors, headers and child logs", async () => {
    const { lines } = await run(
      "json",
      "info",
      `const inner = { a: { b: { c: { d: [{ e: { Token: "s3cret" } }] } } } };
       log.info("", inner);
       log.info("", { headers: new Headers({ authorization: "s3cret" }) });
       log.error("", { error: Object.assign(new Error(""), inner, { cause: Object.assign(new Error(""), inner) }) });
       log.child({ headers: { Cookie: "s3cret" } }).info("", { kept: "yes" });`,
    );
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(line).toContain("[redacted]");
    expect(lines.join("")).not.toContain("s3cret");
    expect(lines[3]).toContain('"kept":"yes"');
  });

  test("secrets are redacted whatever surrounds them", async () => {
    const place = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        fc.constant({ password: "s3cret" }),
        fc.array(tie("tree"), { maxLength: 2 }),
        fc.dictionary(fc.string(), tie("tree"), { maxKeys: 2 }),
      ),
    })).tree;
    const fields = fc.sample(fc.dictionary(fc.string(), place), 200);
    const { lines } = await run(
      "json",
      "info",
      `for (const fields of ${JSON.stringify(fields)}) log.info("", fields);`,
    );
    expect(lines).toHaveLength(200);
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
    expect(lines.join("")).toContain("[redacted]");
    expect(lines.join("")).not.toContain("s3cret");
  });

  test("fields whose names only begin like a secret are written", async () => {
    const fields = { tokens: 5, cookieCount: 1, secretary: "x" };
    expect(await logged(`log.info("", ${JSON.stringify(fields)});`)).toEqual([
      { ...fields, message: "" },
    ]);
  });
});

describe("fields that are hard to write", () => {
  const CASES = [
    ["a frozen error", `{ error: Object.freeze(new Error("e")) }`, '"e"'],
    ["a circle", `(() => { const a = {}; a.a = a; return a; })()`, "circular"],
    ["a getter", `{ get a() { throw new Error(); } }`, "unreadable"],
    ["a getter within", `{ a: { get b() { throw 1; } } }`, "unreadable"],
    ["toJSON", `{ a: { toJSON() { throw 1; } } }`, "unreadable"],
    ["a proxy", `new Proxy({}, { ownKeys() { throw 1; } })`, "unreadable"],
    ["a bigint", `{ a: 10n }`, '"a":10'],
    ["null", `null`, "Said."],
    ["a string", `"words"`, "words"],
    [
      "endless depth",
      `(() => { const deep = () => ({ toJSON: deep }); return deep(); })()`,
      "too deep",
    ],
  ] as const;
  let lines: string[];
  beforeAll(async () => {
    const each = CASES.map(
      ([, fields]) => `log.info("Said.", ${fields}); log.info("Next.");`,
    );
    ({ lines } = await run("json", "info", each.join("\n")));
  });

  test.each(CASES.map(([what, , said], index) => [what, said, index] as const))(
    "logging does not throw for %s",
    (_, said, index) => {
      const [first, next] = lines.slice(index * 2);
      expect(lines).toHaveLength(CASES.length * 2);
      expect(first).toContain(said);
      expect(first).toContain("Said.");
      expect(next).toContain("Next.");
    },
  );
});

test("a field replaces neither the line's own fields nor those of its log", async () => {
  const { lines } = await run(
    "json",
    "info",
    `log.child({ run_id: "r" }).info("Said.", { level: "fatal", time: 0, message: "Forged.", run_id: "other" });`,
  );
  const [line = ""] = lines;
  expect(JSON.parse(line)).toMatchObject({
    level: "info",
    time: expect.stringMatching(/^\d{4}-/),
    message: "Said.",
    run_id: "r",
    level_: "fatal",
  });
  for (const name of ["level", "time", "message", "run_id"])
    expect(line.split(`"${name}":`)).toHaveLength(2);
});

test("lines for people say the same as JSON lines", async () => {
  const { out, lines } = await run(
    "pretty",
    "debug",
    `log.debug("Hello.", { run_id: "r", token: "s3cret", error: new Error("outer", { cause: new Error("inner") }) });`,
  );
  expect(out).toBe("");
  const text = lines.join("\n");
  expect(text).toContain('DEBUG: Hello. {"run_id":"r","token":"[redacted]"}\n');
  expect(text).toMatch(/Error: outer\n\s+at [^]+Error: inner\n\s+at /);
});

test("a message with line breaks of a caller forges no line for people", async () => {
  const { lines } = await run(
    "pretty",
    "info",
    `log.info("One.\\n[00:00:00.000] INFO: Two.\\rThree.", { four: "\\n[00" }); log.info("Last.");`,
  );
  expect(lines.filter((line) => line.startsWith("["))).toHaveLength(2);
  expect(lines.join("")).not.toContain("\r");
});

test.each(["json", "pretty"])(
  "the log as %s is complete when the process is killed right after",
  async (format) => {
    const { lines } = await run(
      format,
      "info",
      `for (let count = 0; count < 100; count++) log.info("Spoken.");
       log.info("Last words."); process.kill(process.pid, "SIGKILL");`,
    );
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toContain("Last words.");
  },
);

describe.each(["json", "pretty"])(
  "when standard error takes nothing, the log as %s",
  (format) => {
    /** Logs in a process whose standard error is closed, then a file; answers with what the process and the file say. */
    async function runClosed(whileClosed: string) {
      const folder = mkdtempSync(join(tmpdir(), "actiond-log-"));
      const file = join(folder, "log");
      try {
        const { out } = await run(
          format,
          "info",
          `const { closeSync, openSync } = await import("node:fs");
           closeSync(2);
           ${whileClosed}
           if (openSync(${JSON.stringify(file)}, "a") !== 2) throw new Error("This is not standard error.");
           log.info("After."); log.info("Later.");`,
        );
        return { out, text: readFileSync(file, "utf8") };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }

    test("the log does not throw and later says how much it could not write", async () => {
      const { text } = await runClosed(
        `log.info("First."); log.info("Second.");`,
      );
      const said = text.match(/First\.|Second\.|After\.|Later\./g);
      expect(said).toEqual(["First.", "Second.", "After.", "Later."]);
    });

    test("the log keeps a bounded amount in whole lines and goes on", async () => {
      const { out, text } = await runClosed(
        `const filler = "x".repeat(1024 ** 2);
         for (let count = 0; count < 40; count++) log.info("Large.", { filler, end: "whole" });
         for (let count = 0; count < 20_000; count++) log.info("Small.", { filler: "x".repeat(64) });
         console.log("alive");`,
      );
      expect(out).toBe("alive\n");
      const keptCount = text.match(/Large\./g)?.length ?? 0;
      expect(keptCount).toBeGreaterThan(0);
      // Each has a quarter of a megabyte.
      expect(keptCount).toBeLessThan(80);
      expect(text.match(/whole/g)).toHaveLength(keptCount);
      expect(text).toContain("Later.");
    });
  },
);
