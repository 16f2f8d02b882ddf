/** The executable with a certificate: what it says at start, and what it does when the files are bad. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ask,
  type CertificateFolder as Files,
  makeRenamedFiles,
  untilShown,
} from "../certificates.ts";
import {
  FIXTURES,
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
} from "../server.ts";

test("the variables do what the options do, and a bad pair is ignored until there is a good one", async () => {
  using files = makeRenamedFiles();
  await using server = await startExecutable({
    options: ["--log-format", "json"],
    environment: { ACTIOND_TLS_CERT: files.cert, ACTIOND_TLS_KEY: files.key },
  });
  expect(server.url).toStartWith("https://127.0.0.1:");
  writeFileSync(files.key, "no key");
  const line = JSON.parse(await server.log.find("stays in use"));
  expect(line).toMatchObject({ level: "error" });
  expect(line.message).toStartWith(`${files.key} does not hold a private key`);
  expect(await ask(server.url)).toBe("first");
  files.change("second");
  await untilShown(server.url, "second");
  const again = JSON.parse(await server.log.find("was read again"));
  expect(again).toMatchObject({ level: "info", file: files.cert });
  expect(Date.parse(again.expiresAt)).toBeGreaterThan(Date.now());
}, 20_000);

test.each<[string, (own: Files, other: Files) => string[], string]>([
  [
    "a key of another certificate",
    (own, other) => ["--tls-cert", own.cert, "--tls-key", other.key],
    "is not the key of the first certificate",
  ],
  [
    "no key",
    (own) => ["--tls-cert", own.cert],
    "--tls-cert is given without --tls-key.",
  ],
  [
    "a file that is missing",
    (own) => ["--tls-cert", "/does/not/exist", "--tls-key", own.key],
    "The file of the certificate cannot be read: ENOENT",
  ],
])(
  "a certificate with %s is reported as a wrong command line",
  async (_, toOptions, message) => {
    using own = makeRenamedFiles();
    using other = makeRenamedFiles();
    other.change("second");
    const data = join(makeTemporaryFolder(), "data");
    const argv = [
      "serve",
      "--port",
      "0",
      "--actions",
      FIXTURES,
      "--data",
      data,
    ];
    const child = spawnExecutable([...argv, ...toOptions(own, other)]);
    const error = await child.stderr.text();
    expect(await child.exited).toBe(2);
    expect(error).toMatch(/^actiond: [^\n]+\n$/);
    expect(error).toContain(message);
  },
);
