/** The certificate of the server and its key, out of the files that `--tls-cert` and `--tls-key` name. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";

/** Absolute paths. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  /** Where it was read from. */
  readonly files: CertificateFiles;
  /** PEM, with the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** In milliseconds since 1970. */
  readonly expiresAt: number;
}

/** On lines of its own: files joined without a line break between them are not taken by TLS. */
const BLOCK =
  /^-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\s*$/gm;
const BEGIN = /-----BEGIN CERTIFICATE-----/g;

/**
 * @returns undefined when neither is given
 * @throws {UsageError} when one is given without the other
 */
export function findCertificateFiles({
  tlsCert: cert,
  tlsKey: key,
}: {
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
}): CertificateFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  const [given, missing] =
    cert === undefined
      ? ["--tls-key", "--tls-cert"]
      : ["--tls-cert", "--tls-key"];
  throw new UsageError(
    `${given} is given without ${missing}. Give both, or neither to serve without TLS.`,
  );
}

/** @throws {UsageError} when a file cannot be read, is not what it should be, or the two do not match; never quoting the key */
export async function readCertificate(
  files: CertificateFiles,
): Promise<Certificate> {
  const cert = await readText("certificate", files.cert);
  const key = await readText("key of the certificate", files.key);
  const leaf = toLeaf(cert, files.cert);
  if (!leaf.checkPrivateKey(toPrivateKey(key, files.key)))
    throw new UsageError(
      `The key in ${files.key} is not the key of the first certificate in ${files.cert}.`,
    );
  return { files, cert, key, expiresAt: Date.parse(leaf.validTo) };
}

async function readText(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `The file of the ${what} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

/** The first certificate, which is the server's own (RFC 8446 section 4.4.2), when those that vouch for it are whole, too. */
function toLeaf(text: string, file: string): X509Certificate {
  try {
    const blocks = text.match(BLOCK) ?? [];
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    if (leaf && text.match(BEGIN)?.length === blocks.length) return leaf;
  } catch {
    // Said below, as of every other text that is none.
  }
  throw new UsageError(
    `${file} does not hold a certificate with its chain in PEM, "-----BEGIN CERTIFICATE-----" … "-----END CERTIFICATE-----".`,
  );
}

function toPrivateKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // The cause could hold a part of the key.
    throw new UsageError(
      `${file} does not hold a private key in PEM without a passphrase, "-----BEGIN PRIVATE KEY-----" … "-----END PRIVATE KEY-----".`,
    );
  }
}
