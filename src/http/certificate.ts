/** The certificate of the server: two files, read again when they change. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import { createSecureContext } from "node:tls";
import { UsageError } from "../config.ts";
import type { Log } from "../log.ts";

/** Absolute paths of PEM files. */
export interface CertificateFiles {
  /** The certificate, then those that lead to one that is trusted. */
  readonly cert: string;
  readonly key: string;
}

/** PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Files that are written one after the other are read once both are there. */
const SETTLE_MS = 200;
/** Where the file system tells nobody of changes, as over networks. */
const POLL_MS = 60_000;

/**
 * @returns undefined when there is to be no TLS
 * @throws {UsageError} when one file is named without the other
 */
export function toCertificateFiles({
  tlsCert: cert,
  tlsKey: key,
}: {
  tlsCert?: string | undefined;
  tlsKey?: string | undefined;
}): CertificateFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  throw new UsageError(
    cert === undefined
      ? "--tls-key is given without --tls-cert. Give both, or neither."
      : "--tls-cert is given without --tls-key. Give both, or neither.",
  );
}

/** @throws {UsageError} when a file cannot be read or is none, or the key is another certificate's */
export function readCertificate(files: CertificateFiles): Certificate {
  const cert = readText("certificate", files.cert);
  const key = readText("key", files.key);
  const certificate = parse(files.cert, "certificate", () => {
    return new X509Certificate(cert);
  });
  const privateKey = parse(files.key, "private key", () => {
    return createPrivateKey(key);
  });
  if (!certificate.checkPrivateKey(privateKey))
    throw new UsageError(
      `The key in ${files.key} does not belong to the certificate in ${files.cert}.`,
    );
  // The certificates that follow the first one.
  parse(files.cert, "certificate", () => createSecureContext({ cert, key }));
  return { cert, key };
}

/**
 * Looks at the files whenever something changes in their folders: also when they are replaced by renaming, and when
 * the folder that a link leads through is (https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets-as-files-from-a-pod).
 *
 * @param current what was read last
 * @param use gets each new certificate; what cannot be used is logged, and the last one stays
 */
export function watchCertificate(
  files: CertificateFiles,
  parts: {
    current: Certificate;
    use: (certificate: Certificate) => void;
    log: Log;
  },
): Disposable {
  let { current } = parts;
  let complaint = "";
  const look = () => {
    try {
      const found = readCertificate(files);
      complaint = "";
      if (found.cert === current.cert && found.key === current.key) return;
      parts.use(found);
      current = found;
      parts.log.info("The new TLS certificate is used.", toDetails(found));
    } catch (error) {
      const { message } = error as Error;
      if (message === complaint) return;
      complaint = message;
      parts.log.error("The new TLS certificate cannot be used.", { error });
    }
  };
  let settling: Timer | undefined;
  const wake = () => {
    clearTimeout(settling);
    settling = setTimeout(look, SETTLE_MS);
  };
  const folders = new Set([dirname(files.cert), dirname(files.key)]);
  const watchers = [...folders].map((folder) =>
    watch(folder, wake).on("error", (error) => {
      parts.log.warn("The folder of the TLS certificate cannot be watched.", {
        folder,
        error,
      });
    }),
  );
  const polling = setInterval(look, POLL_MS);
  return {
    [Symbol.dispose]() {
      clearTimeout(settling);
      clearInterval(polling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function toDetails({ cert }: Certificate) {
  const { subject, validTo } = new X509Certificate(cert);
  return { subject, validTo };
}

function readText(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(
      `The file of the TLS ${what} cannot be read: ${(error as Error).message}.`,
      { cause: error },
    );
  }
}

function parse<Value>(file: string, what: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${file} holds no ${what} in PEM.`, { cause: error });
  }
}
