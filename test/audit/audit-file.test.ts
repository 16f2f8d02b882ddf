import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditFile } from "../../src/audit/audit-file.ts";
import { toLine } from "../../src/audit/entry.ts";
import { UsageError } from "../../src/errors.ts";
import type { Log } from "../../src/log.ts";
import { silentLog } from "../silent-log.ts";
import { turn } from "../turn.ts";

let folder: string;
let file: string;
let said: [string, unknown?][];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "actiond-audit-"));
  file = join(folder, "audit.log");
  said = [];
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const log: Log = {
  ...silentLog,
  info: (...line) => said.push(line),
  error: (...line) => said.push(line),
};
const openAuditFile = () => new AuditFile(file, log);
const runIdsIn = (path: string): string[] =>
  readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).run_id);

function record(audit: AuditFile, ...ids: string[]): void {
  for (const id of ids)
    audit.record({ event: "run.start", outcome: "allowed", run_id: id });
}

test("entries are appended in order after those of earlier servers", async () => {
  const first = openAuditFile();
  record(first, "1", "2");
  expect(readFileSync(file, "utf8")).toBe("");
  await turn();
  expect(runIdsIn(file)).toEqual(["1", "2"]);
  record(first, "3");
  first[Symbol.dispose]();
  using second = openAuditFile();
  record(second, "4");
  await turn();
  expect(runIdsIn(file)).toEqual(["1", "2", "3", "4"]);
});

test("the file belongs to its owner alone unless it existed with another mode", () => {
  const umask = process.umask(0);
  try {
    openAuditFile()[Symbol.dispose]();
  } finally {
    process.umask(umask);
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o640);
  openAuditFile()[Symbol.dispose]();
  expect(statSync(file).mode & 0o777).toBe(0o640);
});

test("a file that cannot be opened is reported as a wrong command line", () => {
  file = join(folder, "none", "audit.log");
  expect(openAuditFile).toThrow(UsageError);
  expect(openAuditFile).toThrow(
    `The audit log ${file} cannot be opened: ENOENT`,
  );
});

test("a pipe without a reader is refused at once", () => {
  Bun.spawnSync(["mkfifo", file]);
  expect(openAuditFile).toThrow(
    `The audit log ${file} cannot be opened: ENXIO`,
  );
});

describe("rotation", () => {
  test.each([
    ["by renaming it", () => renameSync(file, join(folder, "old"))],
    ["by removing it", () => unlinkSync(file)],
    [
      "to a new file of another mode",
      () => {
        renameSync(file, join(folder, "old"));
        writeFileSync(file, "", { mode: 0o640 });
      },
    ],
  ])(
    "after rotation %s the next line goes to the file of that name",
    async (_, rotate) => {
      using audit = openAuditFile();
      record(audit, "1");
      await turn();
      rotate();
      record(audit, "2");
      await turn();
      expect(runIdsIn(file)).toEqual(["2"]);
      expect(said).toEqual([]);
    },
  );

  test("after the file was truncated the next line is its first", async () => {
    using audit = openAuditFile();
    record(audit, "1");
    await turn();
    writeFileSync(file, "");
    record(audit, "2");
    await turn();
    expect(runIdsIn(file)).toEqual(["2"]);
  });
});

describe("a full disk", () => {
  /** https://man7.org/linux/man-pages/man4/full.4.html */
  const fill = () => {
    rmSync(file, { force: true });
    symlinkSync("/dev/full", file);
  };

  test("lines wait, the log says so once, and they are written when there is room again", async () => {
    using audit = openAuditFile();
    fill();
    record(audit, "1");
    await turn();
    record(audit, "2");
    await turn();
    expect(said).toEqual([
      [
        "The audit log cannot be written. Its lines are kept in memory until it can.",
        { file, error: expect.objectContaining({ code: "ENOSPC" }) },
      ],
    ]);
    unlinkSync(file);
    record(audit, "3");
    await turn();
    expect(runIdsIn(file)).toEqual(["1", "2", "3"]);
    expect(said[1]).toEqual(["The audit log can be written again.", { file }]);
  });

  test("waiting lines are written even if no further line comes", async () => {
    using audit = new AuditFile(file, log, { retryMs: 1 });
    fill();
    record(audit, "1");
    await turn();
    unlinkSync(file);
    while (said.length < 2) await turn();
    expect(runIdsIn(file)).toEqual(["1"]);
  });

  test("beyond 8 MiB refusals are only counted, what was done is kept, and nothing more may be done", async () => {
    const audit = openAuditFile();
    fill();
    const request_id = "x".repeat(255);
    const done = {
      event: "run.start",
      outcome: "allowed",
      request_id,
    } as const;
    const count = Math.ceil((8 * 1024 ** 2) / toLine(done, new Date()).length);
    for (let time = 0; time < count; time += 1) audit.record(done);
    expect(audit.trouble).toMatchObject({ code: "store_unavailable" });
    for (let time = 0; time < 5; time += 1)
      audit.record({ event: "run.cancel", outcome: "refused" });
    await turn();
    unlinkSync(file);
    audit[Symbol.dispose]();
    expect(audit.trouble).toBeUndefined();
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(count + 1);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
      event: "access",
      outcome: "refused",
      more: 5,
    });
  });
});

test("in a file of full size refusals are summed up in one line, until it is rotated", async () => {
  using audit = new AuditFile(file, log, { maxBytes: 1, sumMs: 1 });
  const refuse = (path: string) => {
    audit.record({ event: "access", outcome: "refused", path });
  };
  const lines = () =>
    readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  refuse("/first");
  await turn();
  refuse("/second");
  audit.record({ event: "access", outcome: "refused", more: 7 });
  record(audit, "1");
  while (lines().length < 3) await turn();
  expect(lines()).toMatchObject([
    { path: "/first" },
    { run_id: "1" },
    { event: "access", outcome: "refused", more: 8 },
  ]);
  renameSync(file, join(folder, "old"));
  record(audit, "2");
  await turn();
  refuse("/third");
  while (lines().length < 2) await turn();
  expect(lines()[1]).toMatchObject({ more: 1 });
});
