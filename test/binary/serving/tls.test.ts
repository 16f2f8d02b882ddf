/** The executable with a certificate: what it says at the start, and what it does when the files are bad. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  ask,
  type CertificateFiles,
  makeCertificate,
  makeCertificateFiles,
  makeSecondFiles,
} from "../../certificates.ts";
import {
  FIXTURES,
  makeTemporaryFolder,
  spawnExecutable,
  startExecutable,
} from "../../server.ts";

test("the environment variables name the files of a certificate as the options do", async () => {
  using files = makeCertificateFiles();
  await using server = await startExecutable({
    environment: { ACTIOND_TLS_CERT: files.cert, ACTIOND_TLS_KEY: files.key },
  });
  expect(server.url).toStartWith("https://127.0.0.1:");
  expect(await ask(server.url)).toBe("first");
});

test("a certificate that expires soon is named in the log and a renewed one is served after a restart", async () => {
  const HOUR_MS = 3_600_000;
  const expiresAt = new Date(Date.now() + HOUR_MS);
  const old = await makeCertificate("old", { expiresAt });
  const renewed = await makeCertificate("renewed");
  using files = makeCertificateFiles(old);
  const options = ["--log-format", "json", ...files.options];
  await using server = await startExecutable({ options });
  const line = JSON.parse(await server.log.find("expires within 1 day"));
  expect(line).toMatchObject({ level: "warn", file: files.cert });
  expect(Date.parse(line.expires_at)).toBeLessThan(Date.now() + HOUR_MS);
  files.write(renewed);
  expect(await ask(server.url, { ca: old.cert })).toBe("old");
  await server.stop();
  await using next = await startExecutable({ options, data: server.data });
  expect(await ask(next.url, { ca: renewed.cert })).toBe("renewed");
});

test.each<
  [string, (own: CertificateFiles, other: CertificateFiles) => string[], string]
>([
  [
    "with a key of another certificate",
    (own, other) => ["--tls-cert", own.cert, "--tls-key", other.key],
    "is not the key of the first certificate",
  ],
  [
    "without a key",
    (own) => ["--tls-cert", own.cert],
    "--tls-cert is given without --tls-key.",
  ],
  [
    "with a file that does not exist",
    (own) => ["--tls-cert", "/does/not/exist", "--tls-key", own.key],
    "/does/not/exist",
  ],
])(
  "a certificate %s is reported as a wrong command line",
  async (_, toOptions, message) => {
    using own = makeCertificateFiles();
    using other = makeSecondFiles();
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
