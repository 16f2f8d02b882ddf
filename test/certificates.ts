/** Real certificates for tests, each signed by itself, for this machine: makes them, writes them to files, and asks a server for its own. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, type ConnectionOptions } from "node:tls";
import { generate } from "selfsigned";
import { makeTemporaryFolder } from "./server.ts";

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** @param name its common name, by which a test tells one from another */
export async function makeCertificate(
  name: string,
  {
    keyType = "ec",
    expiresAt,
  }: { keyType?: "ec" | "rsa"; expiresAt?: Date } = {},
): Promise<TestCertificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType,
    ...(expiresAt && { notAfterDate: expiresAt }),
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { cert: made.cert, key: made.private };
}

const FIRST = await makeCertificate("first");
const SECOND = await makeCertificate("second");
export const AUTHORITIES = [FIRST.cert, SECOND.cert];

export interface CertificateFiles extends Disposable {
  readonly cert: string;
  readonly key: string;
  /** The options that serve it. */
  readonly options: readonly string[];
  /** Writes another pair into the files. */
  write(certificate: TestCertificate): void;
}

/** @param certificate "first" by default */
export function makeCertificateFiles(
  certificate: TestCertificate = FIRST,
): CertificateFiles {
  const folder = makeTemporaryFolder();
  const cert = join(folder, "tls.crt");
  const key = join(folder, "tls.key");
  const write = (next: TestCertificate) => {
    writeFileSync(cert, next.cert);
    writeFileSync(key, next.key);
  };
  write(certificate);
  return {
    cert,
    key,
    options: ["--tls-cert", cert, "--tls-key", key],
    write,
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A pair whose name is "second". */
export function makeSecondFiles(): CertificateFiles {
  return makeCertificateFiles(SECOND);
}

/**
 * Sends a request on a connection of its own.
 *
 * @returns the name in the certificate that the server shows
 * @throws {Error} the connection broke, or there was no reply
 */
export async function ask(
  url: string,
  options: ConnectionOptions = {},
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: Number(port),
    ca: AUTHORITIES,
    ...options,
  });
  let shown = "";
  socket.once("secureConnect", () => {
    shown = String(socket.getPeerCertificate().subject.CN);
  });
  socket.write(
    "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
  );
  const reply = await text(socket);
  if (!reply.startsWith("HTTP/1.1 200 "))
    throw new Error(`There was no reply but "${reply}".`);
  return shown;
}
