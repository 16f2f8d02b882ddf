import { describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import {
  findCertificateFiles,
  readCertificate,
} from "../../src/listen/certificate.ts";
import { UsageError } from "../../src/errors.ts";
import { AUTHORITIES, makeCertificateFiles } from "../certificates.ts";

const [first = "", second = ""] = AUTHORITIES;

const find = (given: { tlsCert?: string; tlsKey?: string }) =>
  findCertificateFiles({ tlsCert: undefined, tlsKey: undefined, ...given });

function mistakeOf(files: { cert: string; key: string }): string {
  try {
    readCertificate(files);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("It was accepted.");
}

test("the certificate and the key are both given or neither is", () => {
  expect(find({})).toBeUndefined();
  const both = { cert: "/c", key: "/k" };
  expect(find({ tlsCert: "/c", tlsKey: "/k" })).toEqual(both);
  expect(() => find({ tlsCert: "/c" })).toThrow(
    new UsageError(
      "--tls-cert is given without --tls-key. Give both, or neither to serve without TLS.",
    ),
  );
  expect(() => find({ tlsKey: "/k" })).toThrow(
    "--tls-key is given without --tls-cert.",
  );
});

test("a chain with the key in the same file is accepted and its first certificate is the server's", async () => {
  using files = makeCertificateFiles();
  const key = readFileSync(files.key, "utf8");
  writeFileSync(files.cert, `In front:\n${first}\n${second}\n${key}`);
  const read = readCertificate({ cert: files.cert, key: files.cert });
  expect(read.files.cert).toBe(files.cert);
  expect(read.expiresAt).toBe(Date.parse(new X509Certificate(first).validTo));
});

describe("refusals", () => {
  test.each([
    ["empty", ""],
    ["another text", "certificate"],
    ["cut in half", first.slice(0, 300)],
    ["half a chain", `${first}\n${second.slice(0, 300)}`],
    ["joined to another without a line break", first.trim() + second],
    ["not a certificate inside its PEM", first.replace("MII", "AAA")],
    ["followed by a broken one", `${first}\n${second.replace("MII", "AAA")}`],
  ])("a certificate that is %s is refused", async (_, text) => {
    using files = makeCertificateFiles();
    writeFileSync(files.cert, text);
    expect(mistakeOf(files)).toStartWith(
      `${files.cert} does not hold a certificate with its chain in PEM`,
    );
  });

  test("a file that is missing is refused", async () => {
    using files = makeCertificateFiles();
    const missing = `${files.cert}.missing`;
    expect(mistakeOf({ ...files, cert: missing })).toBe(
      `The file with the certificate cannot be read: ENOENT: no such file or directory, open '${missing}'.`,
    );
    expect(mistakeOf({ cert: files.cert, key: missing })).toStartWith(
      "The file with the key of the certificate cannot be read: ENOENT",
    );
  });

  test("a text that is not a key is refused and not quoted", async () => {
    using files = makeCertificateFiles();
    const key = readFileSync(files.key, "utf8");
    for (const text of ["", key.slice(0, 100), first]) {
      writeFileSync(files.key, text);
      expect(mistakeOf(files)).toBe(
        `${files.key} does not hold a private key in PEM without a passphrase, "-----BEGIN PRIVATE KEY-----" … "-----END PRIVATE KEY-----".`,
      );
    }
  });

  test("a key of another certificate is refused, even one of a later certificate of the chain", async () => {
    using files = makeCertificateFiles();
    writeFileSync(files.cert, `${second}\n${first}`);
    expect(mistakeOf(files)).toBe(
      `The key in ${files.key} is not the key of the first certificate in ${files.cert}.`,
    );
  });
});
