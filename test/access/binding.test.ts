import { expect, test } from "bun:test";
import { checkBinding, isLoopback } from "../../src/access/binding.ts";
import { UsageError } from "../../src/errors.ts";

test.each([
  "127.0.0.1",
  "127.0.0.0",
  "127.255.255.254",
  "::1",
  "0:0:0:0:0:0:0:1",
  "::ffff:127.0.0.1",
  "localhost",
  "LOCALHOST",
])("the host %s can be reached from this machine alone", (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(() => {
    checkBinding({ host, insecure: false, hasKeys: false });
  }).not.toThrow();
});

test.each([
  "0.0.0.0",
  "::",
  "0",
  "",
  "10.0.0.1",
  "192.168.1.5",
  "126.255.255.255",
  "128.0.0.1",
  "::ffff:10.0.0.1",
  "fe80::1",
  "127.0.0.1.example.com",
  "localhost.example.com",
  "example.com",
])("the host %s is open to others and needs a key or --insecure", (host) => {
  expect(isLoopback(host)).toBe(false);
  const asked = { host, insecure: false, hasKeys: false };
  const check = (given: Partial<typeof asked>) => () => {
    checkBinding({ ...asked, ...given });
  };
  expect(check({})).toThrow(UsageError);
  expect(check({})).toThrow("or allow everybody with --insecure");
  expect(check({ hasKeys: true })).not.toThrow();
  expect(check({ insecure: true })).not.toThrow();
});
