/** TLS: the certificate is the one in the files, also for pages of the server's own, and connections that are kept go on. */
import { expect, test } from "bun:test";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect } from "node:tls";
import { makeCertificate, writeCertificate } from "../certificates.ts";
import { makeTemporaryFolder, type Start } from "../server.ts";
import { makeGate } from "./gate.ts";

const first = await makeCertificate("first.test");
const second = await makeCertificate("second.test");
const third = await makeCertificate("third.test");
const ca = [first, second, third].map(({ cert }) => cert);

export function describeTls(start: Start): void {
  test("the server answers over TLS with the certificate of its files", async () => {
    await using scene = await open(start);
    expect(scene.server.url).toStartWith("https://127.0.0.1:");
    expect(await nameOf(scene.server.url)).toBe("first.test");
    const reply = await scene.run("echo", { text: "hi" });
    expect(await reply.json()).toEqual({ text: "hi" });
    const own = scene.server.url;
    expect((await scene.run("noop", {}, { origin: own })).status).toBe(200);
    // A page that came without TLS may have been written by anybody on the way.
    const bare = own.replace("https", "http");
    expect((await scene.run("noop", {}, { origin: bare })).status).toBe(403);
  });

  test("new files are used for new connections while earlier connections and runs go on", async () => {
    await using scene = await open(start);
    const { url } = scene.server;
    using kept = await connectTo(url);
    const gate = makeGate();
    const running = scene.run("gate", gate.input);
    await scene.untilRunning();
    writeCertificate(scene.folder, second);
    await untilNameIs(url, "second.test");
    gate.open("through");
    expect(await (await running).json()).toBe("through");
    kept.socket.write(
      "GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    );
    const [chunk] = (await once(kept.socket, "data")) as [Buffer];
    expect(chunk.toString()).toStartWith("HTTP/1.1 200 ");
    writeCertificate(scene.folder, third);
    await untilNameIs(url, "third.test");
  });
}

async function open(start: Start) {
  const folder = makeTemporaryFolder();
  const server = await start({ options: writeCertificate(folder, first) });
  const request = (path: string, init?: BunFetchRequestInit) =>
    fetch(`${server.url}${path}`, { ...init, tls: { ca } });
  return {
    server,
    folder,
    run: (action: string, input: unknown, headers = {}) =>
      request(`/api/actions/probe/${action}/run`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(input),
      }),
    async untilRunning() {
      const isRunning = async () => {
        const reply = await request("/api/runs?status=running");
        return ((await reply.json()) as unknown[]).length > 0;
      };
      while (!(await isRunning()));
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

async function connectTo(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca });
  await once(socket, "secureConnect");
  return {
    socket,
    name: socket.getPeerCertificate().subject.CN,
    [Symbol.dispose]() {
      socket.destroy();
    },
  };
}

/** @returns the common name of the certificate that a new connection meets */
async function nameOf(url: string): Promise<unknown> {
  using connection = await connectTo(url);
  return connection.name;
}

async function untilNameIs(url: string, name: string): Promise<void> {
  while ((await nameOf(url)) !== name);
}
