/** A certificate that changes while the server serves. */
import { expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  ask,
  AUTHORITIES,
  makeLinkedFiles,
  makeRenamedFiles,
  untilShown,
} from "../certificates.ts";
import { makeTemporaryFolder, type Start, type TestServer } from "../server.ts";
import { makeGate } from "./gate.ts";

const tls = { ca: AUTHORITIES };

async function untilCounted(server: TestServer, status: string) {
  const path = `/api/runs?status=${status}`;
  let runs: unknown[] = [];
  while (runs.length === 0) {
    const reply = await fetch(`${server.url}${path}`, { tls });
    runs = (await reply.json()) as unknown[];
  }
}

export function describeCertificates(start: Start): void {
  test.each([
    ["renaming", makeRenamedFiles],
    ["swapping a link", makeLinkedFiles],
  ])(
    "every connection is served while the certificate is changed by %s",
    async (_, make) => {
      using files = make();
      await using server = await start({ options: files.options });
      expect(server.url).toStartWith("https://");
      expect(await ask(server.url)).toBe("first");
      const gate = makeGate();
      const early = fetch(`${server.url}/api/actions/probe/gate/run`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(gate.input),
        tls,
      });
      await untilCounted(server, "running");
      for (const name of ["second", "first", "second"] as const) {
        files.change(name);
        await untilShown(server.url, name);
      }
      gate.open();
      expect((await early).status).toBe(200);
    },
    30_000,
  );

  test("the audit log has the caller's address over TLS, and a caller that leaves is noticed", async () => {
    using files = makeRenamedFiles();
    const folder = makeTemporaryFolder();
    const audit = join(folder, "audit");
    const options = [...files.options, "--host", "::1", "--audit-log", audit];
    await using server = await start({ options });
    const leaving = new AbortController();
    const left = fetch(`${server.url}/api/actions/probe/forever/run`, {
      method: "POST",
      headers: { "x-actions-on-disconnect": "cancel" },
      signal: leaving.signal,
      tls,
    }).catch(() => "left");
    await untilCounted(server, "running");
    leaving.abort();
    expect(await left).toBe("left");
    await untilCounted(server, "cancelled");
    const line = readFileSync(audit, "utf8")
      .split("\n")
      .find((each) => each.includes('"run.start"'));
    expect(JSON.parse(line ?? "")).toMatchObject({ address: "::1" });
    rmSync(folder, { recursive: true });
  });
}
