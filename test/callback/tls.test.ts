import { expect, test } from "bun:test";
import { join } from "node:path";
import type { AttemptAnswer } from "../../src/callback/attempt.ts";
import { startReceiver } from "./receiver.ts";

const folder = join(import.meta.dir, "tls");
const certificate = join(folder, "certificate.pem");
// Signed by itself for "receiver.test", until 2126.
const tls = {
  key: await Bun.file(join(folder, "key.pem")).text(),
  cert: await Bun.file(certificate).text(),
};

/** @param trusted a file of certificates that are trusted besides those of the system */
async function attempts(
  urls: string[],
  trusted: string,
): Promise<AttemptAnswer[]> {
  const child = Bun.spawn(
    [process.execPath, join(folder, "attempt-by-name.ts"), ...urls],
    {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted },
      stderr: "inherit",
    },
  );
  return (await new Response(child.stdout).json()) as AttemptAnswer[];
}

async function attempt(url: string, trusted = ""): Promise<AttemptAnswer> {
  const [answer] = await attempts([url], trusted);
  return answer as AttemptAnswer;
}

test("a receiver over TLS is reached at its address and verified by its name", async () => {
  await using receiver = startReceiver(undefined, { tls });
  const url = `https://receiver.test:${receiver.port}/path`;
  expect(await attempt(url, certificate)).toEqual({
    httpStatus: 200,
    retryAfter: "",
    error: null,
  });
  expect(receiver.received[0]?.headers.get("host")).toBe(
    `receiver.test:${receiver.port}`,
  );
});

test("a final dot of the receiver's name changes nothing", async () => {
  await using receiver = startReceiver(undefined, { tls });
  const url = `https://receiver.test.:${receiver.port}/`;
  expect((await attempt(url, certificate)).httpStatus).toBe(200);
});

test("a receiver with the certificate of another name is refused", async () => {
  await using receiver = startReceiver(undefined, { tls });
  const url = `https://other.test:${receiver.port}/?token=abc`;
  const { httpStatus, error } = await attempt(url, certificate);
  expect(httpStatus).toBeNull();
  expect(error).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(error).not.toContain("token");
  expect(receiver.received).toHaveLength(0);
});

test("a receiver with a certificate that no authority signed is refused", async () => {
  await using receiver = startReceiver(undefined, { tls });
  const { httpStatus, error } = await attempt(
    `https://receiver.test:${receiver.port}/`,
  );
  expect(httpStatus).toBeNull();
  expect(error).toContain("self signed certificate");
  expect(receiver.received).toHaveLength(0);
});

test("a connection that was made for one name is not reused for another", async () => {
  await using receiver = startReceiver(undefined, { tls });
  const [known, other] = await attempts(
    ["receiver.test", "other.test"].map(
      (name) => `https://${name}:${receiver.port}/`,
    ),
    certificate,
  );
  expect(known?.httpStatus).toBe(200);
  expect(other?.error).toContain("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(receiver.received).toHaveLength(1);
});
