/** HTTPS: what a caller meets when the server has a certificate. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ask, AUTHORITIES, makeCertificateFiles } from "../../certificates.ts";
import { makeTemporaryFolder, type Start } from "../../server.ts";
import { join } from "node:path";

const tls = { ca: AUTHORITIES };

export function describeTls(start: Start): void {
  test("a server with a certificate answers over TLS, and its own pages may use it", async () => {
    using files = makeCertificateFiles();
    await using server = await start({ options: files.options });
    const run = (action: string, input: unknown, headers = {}) =>
      fetch(`${server.url}/api/actions/probe/${action}/run`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(input),
        tls,
      });
    expect(server.url).toStartWith("https://127.0.0.1:");
    expect(await ask(server.url)).toBe("first");
    expect(await (await run("echo", { text: "hi" })).json()).toEqual({
      text: "hi",
    });
    const own = server.url;
    expect((await run("noop", {}, { origin: own })).status).toBe(200);
    // A page that came without TLS may have been written by anybody on the way.
    const bare = own.replace("https", "http");
    expect((await run("noop", {}, { origin: bare })).status).toBe(403);
  });

  // A proxy that knows nothing of HTTP hides the address, and whatever follows a connection follows the one to a process.
  test.skipIf(start.isFleet === true)(
    "over TLS the audit log has the address of the caller, and a caller that hangs up is noticed",
    async () => {
      using files = makeCertificateFiles();
      const audit = join(makeTemporaryFolder(), "audit");
      const options = [...files.options, "--host", "::1", "--audit-log", audit];
      await using server = await start({ options });
      const untilRunIs = async (status: string) => {
        const url = `${server.url}/api/runs?status=${status}`;
        const list = async () => (await fetch(url, { tls })).json();
        while (((await list()) as unknown[]).length === 0);
      };
      const leaving = new AbortController();
      const left = fetch(`${server.url}/api/actions/probe/forever/run`, {
        method: "POST",
        headers: { "x-actions-on-disconnect": "cancel" },
        signal: leaving.signal,
        tls,
      }).catch(() => "left");
      await untilRunIs("running");
      leaving.abort();
      expect(await left).toBe("left");
      await untilRunIs("cancelled");
      const line = readFileSync(audit, "utf8")
        .split("\n")
        .find((each) => each.includes('"run.start"'));
      expect(JSON.parse(line ?? "")).toMatchObject({ address: "::1" });
    },
  );
}
