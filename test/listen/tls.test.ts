import { afterAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { UsageError } from "../../src/errors.ts";
import { readCertificate } from "../../src/listen/certificate.ts";
import { listen } from "../../src/listen/listen.ts";
import {
  ask,
  AUTHORITIES,
  makeCertificate,
  makeCertificateFiles,
} from "../certificates.ts";

const files = makeCertificateFiles();
afterAll(() => {
  files[Symbol.dispose]();
});
const options = {
  host: "127.0.0.1",
  port: 0,
  maxInputBytes: 10,
  certificate: readCertificate(files),
  fetch: (request: Request) => new Response(request.url),
};
const tls = { ca: AUTHORITIES };

test("the TLS listener says where it listens, even on IPv6, and answers nothing but https", async () => {
  await using four = listen(options);
  expect(await (await fetch(four.url, { tls })).text()).toBe(`${four.url}/`);
  await using six = listen({ ...options, host: "::1" });
  expect(six.url).toMatch(/^https:\/\/\[::1\]:\d+$/);
  expect(await ask(six.url)).toBe("first");
  await expect(fetch(six.url.replace("https", "http"))).rejects.toThrow();
});

test("a port that is taken is refused with what to do over TLS", async () => {
  await using taken = listen(options);
  const port = Number(new URL(taken.url).port);
  expect(() => listen({ ...options, port })).toThrow(
    `Port ${port} on 127.0.0.1 is taken.`,
  );
});

test("a certificate that TLS rejects is reported as a wrong command line", () => {
  const certificate = { ...options.certificate, cert: "not a certificate" };
  const start = () => listen({ ...options, certificate });
  expect(start).toThrow(UsageError);
  expect(start).toThrow(`The certificate in ${files.cert} cannot be served: `);
});

describe("versions and suites", () => {
  test.each(["ec", "rsa"] as const)(
    "with a key of type %s the TLS listener speaks TLS 1.2 and 1.3 only, and always with forward secrecy",
    async (keyType) => {
      const made = await makeCertificate("suites", { keyType });
      using own = makeCertificateFiles(made);
      const certificate = readCertificate(own);
      await using server = listen({ ...options, certificate });
      const askWith = (version: "TLSv1.1" | "TLSv1.2", ciphers?: string) =>
        ask(server.url, {
          ca: made.cert,
          minVersion: version,
          maxVersion: version,
          ...(ciphers && { ciphers }),
        });
      const kind = keyType === "ec" ? "ECDSA" : "RSA";
      for (const suite of ["AES128-GCM-SHA256", "CHACHA20-POLY1305"])
        expect(await askWith("TLSv1.2", `ECDHE-${kind}-${suite}`)).toBe(
          "suites",
        );
      expect(
        await ask(server.url, { ca: made.cert, minVersion: "TLSv1.3" }),
      ).toBe("suites");
      await expect(askWith("TLSv1.1")).rejects.toThrow("PROTOCOL_VERSION");
      for (const suite of [
        "AES128-GCM-SHA256",
        "AES256-SHA",
        `ECDHE-${kind}-AES128-SHA`,
      ])
        await expect(askWith("TLSv1.2", suite)).rejects.toThrow(
          "HANDSHAKE_FAILURE",
        );
    },
  );
});

test.each(["a", "db", "api", "example.com"])(
  "a request to the host %s finds its path over TLS",
  async (host) => {
    await using server = listen(options);
    const headers = { host };
    const url = await (
      await fetch(`${server.url}/x/y`, { tls, headers })
    ).text();
    expect(new URL(url).href).toBe(`https://${host}/x/y`);
    // Elysia looks for the path from here on.
    expect(url.indexOf("/", 11)).toBe(url.indexOf("/x/y"));
  },
);

test(
  "a TLS connection that says nothing is closed before, during and after the handshake",
  async () => {
    await using server = listen(options);
    const port = Number(new URL(server.url).port);
    const silent = connect(port, "127.0.0.1");
    const half = connect(port, "127.0.0.1");
    // The first bytes of a ClientHello.
    half.write(Buffer.from([22, 3, 1, 2]));
    const secure = connectSecurely({ host: "127.0.0.1", port, ...tls });
    await Promise.all(
      [silent, half, secure].map((socket) => {
        socket.on("error", () => undefined);
        socket.resume();
        return once(socket, "close");
      }),
    );
  },
  { timeout: 30_000 },
);

test("the address of a caller is known over TLS while its request is answered", async () => {
  await using server = listen({
    ...options,
    fetch: (request, connections) =>
      new Response(connections.addressOf(request)),
  });
  expect(await (await fetch(server.url, { tls })).text()).toBe("127.0.0.1");
});

test("stopping waits for replies over TLS that are on their way but not for ever", async () => {
  const asked = Promise.withResolvers<number>();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const server = listen({
    ...options,
    fetch: (_, { requestCount }) => {
      asked.resolve(requestCount);
      return promise;
    },
  });
  const reply = fetch(server.url, { tls });
  expect(await asked.promise).toBe(1);
  const stopped = server.stop(60_000);
  await expect(fetch(server.url, { tls })).rejects.toThrow();
  resolve(new Response("late"));
  await stopped;
  expect(await (await reply).text()).toBe("late");

  const hung = Promise.withResolvers<void>();
  const hanging = listen({
    ...options,
    fetch: () => {
      hung.resolve();
      return new Promise(() => {});
    },
  });
  const cut = fetch(hanging.url, { tls }).catch(() => "cut");
  await hung.promise;
  await hanging.stop(1);
  expect(await cut).toBe("cut");
});
