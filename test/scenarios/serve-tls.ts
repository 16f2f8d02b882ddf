/** TLS: the certificate is the one in the files, whenever and however they change, and nobody is dropped for it. */
import { expect, test } from "bun:test";
import { once } from "node:events";
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { makeCertificate, writeCertificate } from "../certificates.ts";
import { makeTemporaryFolder, type Start } from "../server.ts";
import { makeGate } from "./gate.ts";

const first = await makeCertificate("first.test");
const second = await makeCertificate("second.test");
const third = await makeCertificate("third.test");
const ca = [first, second, third].map(({ cert }) => cert);

export function describeTls(start: Start): void {
  test("it answers over TLS with the certificate of the files, and says so", async () => {
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

  test("new files are used for new connections, while connections and runs that are there go on", async () => {
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

  test("files that are renamed into place are noticed, and so is a link that leads to another folder", async () => {
    const folder = makeTemporaryFolder();
    const write = (name: string, certificate: typeof first) => {
      mkdirSync(join(folder, name));
      writeCertificate(join(folder, name), certificate);
      symlinkSync(name, join(folder, "..data_new"));
      renameSync(join(folder, "..data_new"), join(folder, "..data"));
    };
    write("..1", first);
    symlinkSync("..data/tls.crt", join(folder, "tls.crt"));
    symlinkSync("..data/tls.key", join(folder, "tls.key"));
    await using scene = await open(start, folder);
    expect(await nameOf(scene.server.url)).toBe("first.test");
    write("..2", second);
    await untilNameIs(scene.server.url, "second.test");
    for (const [name, text] of [
      ["tls.key", third.key],
      ["tls.crt", third.cert],
    ] as const) {
      writeFileSync(join(folder, "new"), text);
      renameSync(join(folder, "new"), join(folder, name));
    }
    await untilNameIs(scene.server.url, "third.test");
  });
}

/** @param folder of `tls.crt` and `tls.key`, if they are there already */
async function open(start: Start, folder?: string) {
  const own = folder ?? makeTemporaryFolder();
  const options =
    folder === undefined
      ? writeCertificate(own, first)
      : ["--tls-cert", join(own, "tls.crt"), "--tls-key", join(own, "tls.key")];
  const server = await start({ options });
  const request = (path: string, init?: BunFetchRequestInit) =>
    fetch(`${server.url}${path}`, { ...init, tls: { ca } });
  return {
    server,
    folder: own,
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
      rmSync(own, { recursive: true });
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
  // A connection that is being opened while the listener changes may be reset.
  while ((await nameOf(url).catch(() => "reset")) !== name);
}
