/** Real certificates for tests, each signed by itself, for this machine: made, put where a server reads them, asked for. */
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, type SecureVersion } from "node:tls";
import { generate } from "selfsigned";
import { makeTemporaryFolder } from "./server.ts";

export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** @param name its common name, by which a test tells one from another */
export async function makeCertificate(name: string): Promise<TestCertificate> {
  const made = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
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

/** @returns the options that serve it */
export function writeCertificate(
  folder: string,
  { cert, key }: TestCertificate,
): string[] {
  const files = { cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  return ["--tls-cert", files.cert, "--tls-key", files.key];
}

const CERTIFICATES = {
  first: await makeCertificate("first"),
  second: await makeCertificate("second"),
};
export type Name = keyof typeof CERTIFICATES;
export const AUTHORITIES = Object.values(CERTIFICATES).map(({ cert }) => cert);

export interface CertificateFolder extends Disposable {
  readonly cert: string;
  readonly key: string;
  readonly options: readonly string[];
  /** Puts another pair there, as a program that renews certificates does. */
  change(name: Name): void;
}

/** Files that are renamed into place, the certificate before its key. */
export function makeRenamedFiles(): CertificateFolder {
  const made = makeFolder((folder, name) => {
    const next = join(folder, "next");
    mkdirSync(next);
    writeCertificate(next, CERTIFICATES[name]);
    for (const file of ["tls.crt", "tls.key"])
      renameSync(join(next, file), join(folder, file));
    rmSync(next, { recursive: true });
  });
  made.change("first");
  return made;
}

/** Links through a link to a folder, which is what Kubernetes makes of a secret. */
export function makeLinkedFiles(): CertificateFolder {
  let count = 0;
  const made = makeFolder((folder, name) => {
    const version = `..${(count += 1)}`;
    mkdirSync(join(folder, version));
    writeCertificate(join(folder, version), CERTIFICATES[name]);
    symlinkSync(version, join(folder, "..new"));
    renameSync(join(folder, "..new"), join(folder, "..data"));
  });
  made.change("first");
  for (const file of [made.cert, made.key])
    symlinkSync(join("..data", basename(file)), file);
  return made;
}

function makeFolder(
  change: (folder: string, name: Name) => void,
): CertificateFolder {
  const folder = makeTemporaryFolder();
  const cert = join(folder, "tls.crt");
  const key = join(folder, "tls.key");
  return {
    cert,
    key,
    options: ["--tls-cert", cert, "--tls-key", key],
    change: (name) => {
      change(folder, name);
    },
    [Symbol.dispose]: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Sends a request on a connection of its own.
 *
 * @returns whose certificate was shown
 * @throws {Error} the connection broke, or there was no reply
 */
export async function ask(
  url: string,
  version?: SecureVersion,
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({
    host: hostname.replaceAll(/[[\]]/g, ""),
    port: Number(port),
    ca: AUTHORITIES,
    ...(version && { minVersion: version, maxVersion: version }),
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

/** Asks on eight connections at once, again and again, until all of them are shown this certificate. */
export async function untilShown(url: string, name: Name): Promise<void> {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while ((await ask(url)) !== name);
    }),
  );
}
