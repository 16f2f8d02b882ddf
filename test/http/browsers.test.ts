import { expect, test } from "bun:test";
import fc from "fast-check";
import { ServerError } from "../../src/errors.ts";
import {
  type BrowserOptions,
  Browsers,
  toName,
} from "../../src/http/browsers.ts";

function check(
  options: Partial<BrowserOptions>,
  headers: Record<string, string>,
): string {
  const browsers = new Browsers({
    isLoopback: true,
    allowHosts: [],
    corsOrigins: [],
    ...options,
  });
  const request = new Request("http://localhost/", { method: "POST", headers });
  try {
    browsers.check({ request, set: { headers: {} } });
    return "allowed";
  } catch (error) {
    return (error as ServerError).code;
  }
}

test("a server that others can reach is called as one likes, unless names are given", () => {
  const host = "anything.example:8080";
  expect(check({ isLoopback: false }, { host })).toBe("allowed");
  expect(
    check({ isLoopback: false, allowHosts: ["api.example"] }, { host }),
  ).toBe("misdirected_request");
  expect(
    check({ isLoopback: false, allowHosts: ["anything.example"] }, { host }),
  ).toBe("allowed");
});

test("an origin is the server's own when host and port are, in any scheme", () => {
  const host = "localhost:8080";
  for (const origin of ["http://localhost:8080", "https://localhost:8080"])
    expect(check({}, { host, origin })).toBe("allowed");
  for (const origin of [
    "http://localhost",
    "http://localhost:80800",
    "http://localhost:8080.evil.example",
    "http://evil.example:8080",
    "null",
    "",
  ])
    expect(check({}, { host, origin })).toBe("origin_not_allowed");
});

test("no name but this machine's own is one of a loopback server", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      (name) => {
        const own = /^(?:127\.[\d.]+|\[::1\])$/;
        const plain = toName(name);
        const expected = own.test(plain ?? "")
          ? "allowed"
          : "misdirected_request";
        expect(check({}, { host: name })).toBe(
          plain === undefined ? "invalid_header" : expected,
        );
      },
    ),
  );
});

test("whatever the headers hold, it is allowed or refused with a code", () => {
  const text = fc.string({ unit: "grapheme-ascii", maxLength: 40 });
  fc.assert(
    fc.property(text, text, (host, origin) => {
      expect([
        "allowed",
        "invalid_header",
        "misdirected_request",
        "origin_not_allowed",
      ]).toContain(
        check({ corsOrigins: ["https://a.example"] }, { host, origin }),
      );
    }),
  );
});
