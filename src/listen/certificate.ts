/** Reads the certificate of the server and its key from the files that `--tls-cert` and `--tls-key` name. */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { UsageError } from "../errors.ts";
import { readSecretFile } from "../secret-file.ts";

/** Absolute paths. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

export interface Certificate {
  /** The files it was read from. */
  readonly files: CertificateFiles;
  /** PEM text, with the chain. */
  readonly cert: string;
  /** PEM text. */
  readonly key: string;
  /** Milliseconds since 1970 UTC. */
  readonly expiresAt: number;
}

/** A certificate on lines of its own: TLS refuses files that were joined without a line break. */
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
  tlsCert: string | undefined;
  tlsKey: string | undefined;
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

/** @throws {UsageError} when a file cannot be read, a text has the wrong form, or the two do not match; the message does not contain the key */
export function readCertificate(files: CertificateFiles): Certificate {
  const cert = readSecretFile("the certificate", files.cert);
  const key = readSecretFile("the key of the certificate", files.key);
  const leaf = toLeaf(cert, files.cert);
  if (!leaf.checkPrivateKey(toPrivateKey(key, files.key)))
    throw new UsageError(
      `The key in ${files.key} is not the key of the first certificate in ${files.cert}.`,
    );
  return { files, cert, key, expiresAt: Date.parse(leaf.validTo) };
}

/** @returns the first certificate, which is the server's own (RFC 8446 section 4.4.2); those that vouch for it must be whole too */
function toLeaf(text: string, file: string): X509Certificate {
  try {
    const blocks = text.match(BLOCK) ?? [];
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    if (leaf && text.match(BEGIN)?.length === blocks.length) return leaf;
  } catch {
    // The error below also covers this case.
  }
  throw new UsageError(
    `${file} does not hold a certificate with its chain in PEM, "-----BEGIN CERTIFICATE-----" … "-----END CERTIFICATE-----".`,
  );
}

function toPrivateKey(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // The cause is left out: it could hold a part of the key.
    throw new UsageError(
      `${file} does not hold a private key in PEM without a passphrase, "-----BEGIN PRIVATE KEY-----" … "-----END PRIVATE KEY-----".`,
    );
  }
}
