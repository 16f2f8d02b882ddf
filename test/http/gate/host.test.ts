import { expect, test } from "bun:test";
import fc from "fast-check";
import { Hosts, parseHost } from "../../../src/http/gate/host.ts";

const called = (host?: string) =>
  new Request(
    "http://localhost/",
    host === undefined ? {} : { headers: { host } },
  );

test.each([
  ["localhost", "localhost"],
  ["LocalHost.:8080", "localhost"],
  ["127.0.0.1:80", "127.0.0.1"],
  ["[::1]", "::1"],
  ["[::FFFF]:1", "::ffff"],
  ["a:", "a"],
])("the Host header %p names the host %p", (text, host) => {
  expect(parseHost(text)).toBe(host);
});

test.each([
  "",
  ":80",
  ".",
  "a b",
  "a,b",
  "a/b",
  "u@a",
  "[::1",
  "::1",
  "a:b",
  "a:65536",
  "a\n",
])("the Host header %p is refused", (text) => {
  expect(parseHost(text)).toBeOneOf([undefined, "."]);
});

test("a name is read as the URL parser reads it whatever the port", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.domain(), fc.ipV4(), fc.constant("localhost")),
      fc.nat(65_535),
      (name, port) => {
        expect(parseHost(`${name}:${port}`)).toBe(
          new URL(`http://${name}:${port}`).hostname,
        );
      },
    ),
  );
});

test("any Host header gives a bare name or nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(parseHost(text) ?? "none").toMatch(/^[\w.:-]+$/);
    }),
  );
});

test("only loopback names are accepted on a server for this machine alone", () => {
  const hosts = new Hosts("127.0.0.1", []);
  hosts.check(called("localhost:1"));
  expect(() => {
    hosts.check(called("evil.example"));
  }).toThrow('This server does not answer to the host name "evil.example".');
  hosts.check(called("localhost:1"));
  expect(() => {
    hosts.check(called(undefined));
  }).toThrow("The request has no Host header.");
  expect(() => {
    hosts.check(called(""));
  }).toThrow('Host must be the name or address of this server, not "".');
});

test("any name is accepted on a server that others can reach until names are given", () => {
  new Hosts("0.0.0.0", []).check(called("any.example"));
  const hosts = new Hosts("0.0.0.0", ["actions.example.com"]);
  hosts.check(called("actions.example.com:1"));
  expect(() => {
    hosts.check(called("any.example"));
  }).toThrow("--allow-host");
});
