import { expect, test } from "bun:test";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { UsageError } from "../../src/errors.ts";
import {
  type Certificate,
  readCertificate,
} from "../../src/listen/certificate.ts";
import { watchCertificate } from "../../src/listen/certificate-watch.ts";
import type { Log } from "../../src/log.ts";
import { makeRenamedFiles, type CertificateFolder } from "../certificates.ts";

const DAY_MS = 86_400_000;

/** A log whose lines a test waits for, in their order. */
function makeLog() {
  const lines: string[] = [];
  let more = Promise.withResolvers<void>();
  const write = (message: string) => {
    lines.push(message);
    more.resolve();
    more = Promise.withResolvers();
  };
  const log: Log = {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: () => log,
  };
  const reach = async (count: number) => {
    while (lines.length < count) await more.promise;
  };
  return { log, lines, reach };
}

async function watch(
  files: CertificateFolder,
  options: {
    present?: (certificate: Certificate) => void;
    leftMs?: number;
  } = {},
) {
  const certificate = await readCertificate(files);
  const clock = {
    now: certificate.expiresAt - (options.leftMs ?? 15 * DAY_MS),
  };
  const presented: string[] = [];
  const present = (next: Certificate) => {
    options.present?.(next);
    presented.push(next.cert);
  };
  const { log, lines, reach } = makeLog();
  const now = () => clock.now;
  const watching = watchCertificate({ certificate, present, log, now });
  return {
    clock,
    lines,
    reach,
    presented,
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

const KEPT = "The certificate that was read before stays in use.";

test("each mistake of a new pair is logged once and a right pair is taken afterwards", async () => {
  using files = makeRenamedFiles();
  await using watched = await watch(files);
  const { lines, presented, reach } = watched;
  writeFileSync(files.cert, readFileSync(files.cert, "utf8").slice(0, 200));
  await reach(1);
  expect(lines[0]).toStartWith(`${files.cert} does not hold a certificate`);
  expect(lines[0]).toEndWith(KEPT);
  unlinkSync(files.key);
  files.change("first");
  unlinkSync(files.key);
  await reach(2);
  expect(lines[1]).toStartWith("The file of the key of the certificate cannot");
  expect(lines[1]).toContain(files.key);
  files.change("second");
  await reach(3);
  expect(lines.slice(2)).toEqual(["The certificate was read again."]);
  expect(presented).toEqual([readFileSync(files.cert, "utf8")]);
}, 20_000);

test("a certificate that TLS rejects is not used, which is logged once", async () => {
  using files = makeRenamedFiles();
  let tries = 0;
  const thrice = Promise.withResolvers<void>();
  await using watched = await watch(files, {
    present: () => {
      tries += 1;
      if (tries === 4) thrice.resolve();
      throw new UsageError("It cannot be served.");
    },
  });
  files.change("second");
  await thrice.promise;
  expect(watched.lines).toEqual([`It cannot be served. ${KEPT}`]);
  expect(watched.presented).toEqual([]);
}, 20_000);

test.each([
  [14, "The certificate will expire soon."],
  [-1, "The certificate has expired: clients refuse it."],
])(
  "a certificate that expires in %d days is logged once a day",
  async (days, message) => {
    using files = makeRenamedFiles();
    await using watched = await watch(files, { leftMs: days * DAY_MS });
    const { clock, lines, reach } = watched;
    expect(lines).toEqual([message]);
    clock.now += DAY_MS;
    await reach(2);
    expect(lines[1]).toContain("expire");
  },
);

test("a certificate that expires in more than 14 days is not logged", async () => {
  using files = makeRenamedFiles();
  await using watched = await watch(files, { leftMs: 14 * DAY_MS + 1 });
  expect(watched.lines).toEqual([]);
});
