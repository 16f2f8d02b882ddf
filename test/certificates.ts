/** Real certificates for tests, each signed by itself, for this machine. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generate } from "selfsigned";

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
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
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
