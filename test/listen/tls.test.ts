import { afterAll, expect, test } from "bun:test";
import { readCertificate } from "../../src/listen/certificate.ts";
import { ListenError } from "../../src/listen/plain.ts";
import { listenSecurely } from "../../src/listen/tls.ts";
import { ask, AUTHORITIES, makeRenamedFiles } from "../certificates.ts";
import { silent } from "../run/stage.ts";

const files = makeRenamedFiles();
afterAll(() => {
  files[Symbol.dispose]();
});
const options = {
  host: "127.0.0.1",
  port: 0,
  maxInputBytes: 10,
  certificate: await readCertificate(files),
  log: silent,
  fetch: (request: Request) => new Response(request.url),
};
const tls = { ca: AUTHORITIES };

test("the TLS listener says where it listens and speaks TLS 1.2 and 1.3 only", async () => {
  await using four = await listenSecurely(options);
  expect(await (await fetch(four.url, { tls })).text()).toBe(`${four.url}/`);
  await using six = await listenSecurely({ ...options, host: "::1" });
  expect(six.url).toMatch(/^https:\/\/\[::1\]:\d+$/);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const)
    expect(await ask(six.url, version)).toBe("first");
  await expect(ask(six.url, "TLSv1.1")).rejects.toThrow("PROTOCOL_VERSION");
  await expect(fetch(six.url.replace("https", "http"))).rejects.toThrow();
});

test("a port that is taken and an address of another machine are refused with what to do over TLS", async () => {
  await using taken = await listenSecurely(options);
  const port = Number(new URL(taken.url).port);
  await expect(listenSecurely({ ...options, port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken.`,
  );
  await expect(
    listenSecurely({ ...options, host: "192.0.2.1" }),
  ).rejects.toBeInstanceOf(ListenError);
});

test.each(["a", "db", "api", "example.com"])(
  "a request to the host %s finds its path over TLS",
  async (host) => {
    await using server = await listenSecurely(options);
    const headers = { host };
    const url = await (
      await fetch(`${server.url}/x/y`, { tls, headers })
    ).text();
    expect(new URL(url).href).toBe(`https://${host}/x/y`);
    // From where Elysia looks for the path.
    expect(url.indexOf("/", 11)).toBe(url.indexOf("/x/y"));
  },
);

test("a large reply arrives whole over TLS", async () => {
  const large = "large ".repeat(1_000_000);
  await using server = await listenSecurely({
    ...options,
    fetch: () => new Response(large),
  });
  const reply = await fetch(server.url, { tls });
  expect((await reply.text()) === large).toBeTrue();
});

test("stopping waits for replies over TLS that are on their way but not for ever", async () => {
  const asked = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<Response>();
  const server = await listenSecurely({
    ...options,
    fetch: () => {
      asked.resolve();
      return promise;
    },
  });
  const reply = fetch(server.url, { tls });
  await asked.promise;
  const stopped = server.stop(60_000);
  await expect(fetch(server.url, { tls })).rejects.toThrow();
  resolve(new Response("late"));
  await stopped;
  expect(await (await reply).text()).toBe("late");

  const hung = Promise.withResolvers<void>();
  const hanging = await listenSecurely({
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
