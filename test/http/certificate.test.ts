import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../src/config.ts";
import {
  type Certificate,
  readCertificate,
  toCertificateFiles,
  watchCertificate,
} from "../../src/http/certificate.ts";
import { makeCertificate, writeCertificate } from "../certificates.ts";
import { silent } from "../run/stage.ts";
import { makeTemporaryFolder } from "../server.ts";

const folder = makeTemporaryFolder();
const files = { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
const one = await makeCertificate("one.test");
const other = await makeCertificate("other.test");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test("a certificate and its key are read, with what follows the certificate", () => {
  const chain = { ...one, cert: `${one.cert}\n${other.cert}` };
  writeCertificate(folder, chain);
  expect(readCertificate(files)).toEqual(chain);
});

test.each([
  [
    "no certificate",
    { ...one, cert: "none" },
    `${files.cert} holds no certificate in PEM.`,
  ],
  ["no key", { ...one, key: "" }, `${files.key} holds no private key in PEM.`],
  [
    "a key in place of the certificate",
    { cert: one.key, key: one.key },
    `${files.cert} holds no certificate in PEM.`,
  ],
  [
    "a broken certificate after a good one",
    {
      ...one,
      cert: `${one.cert}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
    },
    `${files.cert} holds no certificate in PEM.`,
  ],
  [
    "the key of another",
    { cert: one.cert, key: other.key },
    `The key in ${files.key} does not belong to the certificate in ${files.cert}.`,
  ],
])("%s is refused, and said so without the key", (_, texts, message) => {
  writeCertificate(folder, texts);
  expect(() => readCertificate(files)).toThrow(new UsageError(message));
});

test("one file without the other is refused", () => {
  expect(toCertificateFiles({})).toBeUndefined();
  expect(toCertificateFiles({ tlsCert: "/c", tlsKey: "/k" })).toEqual({
    cert: "/c",
    key: "/k",
  });
  expect(() => toCertificateFiles({ tlsCert: "/c" })).toThrow(
    "--tls-cert is given without --tls-key.",
  );
  expect(() => toCertificateFiles({ tlsKey: "/k" })).toThrow(
    "--tls-key is given without --tls-cert.",
  );
});

test("a file that is not there is refused", () => {
  expect(() =>
    readCertificate({ ...files, cert: join(folder, "none") }),
  ).toThrow("The file of the TLS certificate cannot be read: ENOENT");
});

test("what cannot be used is logged, and the next that can is used", async () => {
  writeCertificate(folder, one);
  const refused = Promise.withResolvers<unknown>();
  const used = Promise.withResolvers<Certificate>();
  const unexpected: Certificate[] = [];
  let use = (certificate: Certificate): void => {
    unexpected.push(certificate);
  };
  using _ = watchCertificate(files, {
    current: readCertificate(files),
    use: (certificate) => {
      use(certificate);
    },
    log: {
      ...silent,
      error: (message, details) => {
        refused.resolve([message, details]);
      },
    },
  });
  writeFileSync(files.key, other.key);
  expect(await refused.promise).toEqual([
    "The new TLS certificate cannot be used.",
    { error: expect.any(UsageError) },
  ]);
  expect(unexpected).toEqual([]);
  use = used.resolve;
  writeFileSync(files.cert, other.cert);
  expect(await used.promise).toEqual(other);
});
