/** Two certificates for localhost, put where a server reads one, and asking a server which one it shows. */
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { connect, type SecureVersion } from "node:tls";
import { makeTemporaryFolder } from "./server.ts";

export type Name = "first" | "second";

const FOLDER = join(import.meta.dir, "fixtures", "tls");
export const AUTHORITIES = (["first", "second"] as const).map((name) =>
  readFileSync(join(FOLDER, `${name}.pem`), "utf8"),
);

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
    for (const [from, to] of toSources(name)) {
      copyFileSync(from, join(folder, `${to}.new`));
      renameSync(join(folder, `${to}.new`), join(folder, to));
    }
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
    for (const [from, to] of toSources(name))
      copyFileSync(from, join(folder, version, to));
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

function toSources(name: Name): [from: string, to: string][] {
  return [
    [join(FOLDER, `${name}.pem`), "tls.crt"],
    [join(FOLDER, `${name}-key.pem`), "tls.key"],
  ];
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
