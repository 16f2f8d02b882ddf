import { describe, expect, jest, test } from "bun:test";
import fc from "fast-check";
import { createCallbackPolicy } from "../../../src/callback/reach/policy.ts";
import { UsageError } from "../../../src/errors.ts";
import { letters } from "../../fuzz/words.ts";

const NAMES: Record<string, string[]> = {
  "public.test": ["93.184.216.34"],
  "private.test": ["10.0.0.7"],
  "mixed.test": ["93.184.216.34", "127.0.0.1"],
  "a.corp.test": ["10.1.2.3"],
  "metadata.corp.test": ["169.254.169.254"],
};
const resolve = (host: string) =>
  Object.hasOwn(NAMES, host)
    ? Promise.resolve(NAMES[host] ?? [])
    : Promise.reject(new Error("ENOTFOUND"));

async function verdict(
  url: string,
  { allow = [] as string[], allowPrivate = false } = {},
): Promise<string> {
  const policy = createCallbackPolicy({ allow, allowPrivate, resolve });
  try {
    await policy.checkAtAccept(new URL(url));
    return "allowed";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const REFUSED = "callback_not_allowed";

describe("on a server others can reach", () => {
  test.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::5db8:d822]/",
    "http://[::127.0.0.1]/",
    "http://[::10.0.0.1]/",
    "http://[::ffff:0:10.0.0.1]/",
    "http://[2001:0:7f00:1::]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
    "http://[4000::1]/",
    "http://[2002:7f00:1::]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://168.63.129.16/",
    "http://[fc00::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://240.0.0.1/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://private.test/",
    "http://private.test./",
    "http://mixed.test/",
    "http://user@93.184.216.34/",
    "http://user:word@public.test/",
    "ftp://public.test/",
    "file:///etc/passwd",
  ])(
    "a callback to %s is refused on a server that others can reach",
    async (url) => {
      expect(await verdict(url)).toBe(REFUSED);
    },
  );

  test.each([
    "http://93.184.216.34/",
    "https://public.test:8443/path?x=1",
    "http://[2606:2800:220:1:248:1893:25c8:1946]/",
    "http://[64:ff9b::93.184.216.34]/",
    "http://[::ffff:93.184.216.34]/",
    "http://does-not-resolve.test/",
  ])(
    "a callback to %s is allowed on a server that others can reach",
    async (url) => {
      expect(await verdict(url)).toBe("allowed");
    },
  );
});

describe("on a developer's machine", () => {
  test.each(["http://127.0.0.1:9/", "http://[::1]/", "http://private.test/"])(
    "a callback to %s is allowed on a developer's machine",
    async (url) => {
      expect(await verdict(url, { allowPrivate: true })).toBe("allowed");
    },
  );

  test.each([
    "http://169.254.169.254/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[fd20:ce::254]/",
    "http://100.100.100.200/",
    "http://0.0.0.0/",
  ])(
    "a callback to %s is refused on a developer's machine too",
    async (url) => {
      expect(await verdict(url, { allowPrivate: true })).toBe(REFUSED);
    },
  );
});

test.each([
  ["http://10.0.0.1/", "10.0.0.0/8", "allowed"],
  ["http://11.0.0.1/", "10.0.0.0/8", "allowed"],
  ["http://192.168.0.1/", "10.0.0.0/8", REFUSED],
  ["http://127.0.0.1/", "127.0.0.1", "allowed"],
  ["http://127.0.0.2/", "127.0.0.1", REFUSED],
  ["http://[::ffff:127.0.0.1]/", "127.0.0.1", "allowed"],
  ["http://10.0.0.1/", "::ffff:10.0.0.0/104", "allowed"],
  ["http://[64:ff9b::10.0.0.1]/", "10.0.0.0/8", "allowed"],
  ["http://[fd12::1]/", "fd12::/16", "allowed"],
  ["http://[fd13::1]/", "fd12::/16", REFUSED],
  ["http://169.254.169.254/", "169.254.0.0/16", "allowed"],
  ["http://[fd00:ec2::254]/", "fd00:ec2::254", "allowed"],
  ["http://private.test/", "private.test", "allowed"],
  ["http://PRIVATE.test/", "Private.Test", "allowed"],
  ["http://a.corp.test/", "*.corp.test", "allowed"],
  ["http://a.corp.test/", "*.test", "allowed"],
  ["http://a.corp.test/", "corp.test", REFUSED],
  ["http://a.corp.test/", "*.a.corp.test", REFUSED],
  ["http://private.test./", "private.test", "allowed"],
  ["http://private.test/", "*.corp.test", REFUSED],
  ["http://metadata.corp.test/", "*.corp.test", REFUSED],
  ["http://private.test:8443/", "private.test:8443", "allowed"],
  ["http://private.test/", "private.test:8443", REFUSED],
  ["http://private.test/", "private.test:80", "allowed"],
  ["https://private.test/", "private.test:443", "allowed"],
  ["http://10.0.0.1:8443/", "10.0.0.1:8443", "allowed"],
  ["http://10.0.0.1:8444/", "10.0.0.1:8443", REFUSED],
  ["http://[fd12::1]:81/", "[fd12::1]:81", "allowed"],
  ["http://[fd12::1]:82/", "[fd12::1]:81", REFUSED],
  ["http://a.corp.test:8443/", "*.corp.test:8443", "allowed"],
  // Ports of other protocols must be named.
  ["http://public.test:25/", "public.test", REFUSED],
  ["http://public.test:25/", "public.test:25", "allowed"],
  ["http://93.184.216.34:22/", "93.184.216.34:22", "allowed"],
  ["http://private.test:6667/", "private.test", REFUSED],
  ["http://private.test:6667/", "private.test:6667", "allowed"],
])(
  "a callback to %s with --callback-allow %s is %s",
  async (url, entry, expected) => {
    expect(await verdict(url, { allow: [entry] })).toBe(expected);
  },
);

test.each([
  "",
  "a b",
  "10.0.0.0/99",
  "10.0.0.256",
  "*",
  "a/b",
  "http://a",
  "a:0",
  "a:65536",
  "a:b",
  "10",
  "10.1",
  "10/8",
  "10.0.0.0/8:80:90",
  "*.",
  "a..b",
])("the option --callback-allow %p is refused and quoted", (entry) => {
  const create = () =>
    createCallbackPolicy({ allow: [entry], allowPrivate: false });
  expect(create).toThrow(UsageError);
  expect(create).toThrow(JSON.stringify(entry));
});

test("the name is resolved again at each attempt and its addresses are returned", async () => {
  let addresses = ["93.184.216.34"];
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: false,
    resolve: () => Promise.resolve(addresses),
  });
  const url = new URL("http://changes.test/");
  await policy.checkAtAccept(url);
  expect(await policy.checkAtAttempt(url)).toEqual(["93.184.216.34"]);
  addresses = ["127.0.0.1"];
  await expect(policy.checkAtAttempt(url)).rejects.toMatchObject({
    code: REFUSED,
  });
});

test.each(["http://user@public.test/", "ftp://public.test/"])(
  "a callback to %s is refused at the attempt too",
  async (url) => {
    const policy = createCallbackPolicy({
      allow: [],
      allowPrivate: true,
      resolve,
    });
    await expect(policy.checkAtAttempt(new URL(url))).rejects.toMatchObject({
      code: REFUSED,
    });
  },
);

test("a name without any address fails the attempt", async () => {
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: true,
    resolve: () => Promise.resolve([]),
  });
  expect(
    await policy.checkAtAttempt(new URL("http://empty.test/")).catch(String),
  ).toBe("Error: empty.test has no address.");
});

test("an address is not looked up as a name", async () => {
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: true,
    resolve: (host) => Promise.reject(new Error(`${host} was looked up.`)),
  });
  for (const host of ["93.184.216.34", "[2606:2800::1]", "0x7f.1"])
    expect(
      await policy.checkAtAttempt(new URL(`http://${host}/`)),
    ).toHaveLength(1);
});

test("a slow look-up does not keep the caller waiting", async () => {
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: false,
    resolve: () => new Promise(() => {}),
  });
  jest.useFakeTimers();
  try {
    const checked = policy.checkAtAccept(new URL("http://slow.test/"));
    jest.advanceTimersByTime(2000);
    expect(await checked).toBeUndefined();
  } finally {
    jest.useRealTimers();
  }
});

test("a name that cannot be resolved fails the attempt", async () => {
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: true,
    resolve,
  });
  await expect(
    policy.checkAtAttempt(new URL("http://gone.test/")),
  ).rejects.toThrow("ENOTFOUND");
});

test("the refusal does not tell what a name resolves to", async () => {
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: false,
    resolve,
  });
  for (const name of ["private.test", "metadata.corp.test"])
    await expect(
      policy.checkAtAccept(new URL(`http://${name}/`)),
    ).rejects.toThrow(
      `A callback may not go to ${name}, which is not a public address. The server's operator can allow it with --callback-allow.`,
    );
});

test("a key with many look-ups under way makes no more, and others wait for none of them", async () => {
  const asked: string[] = [];
  const policy = createCallbackPolicy({
    allow: [],
    allowPrivate: false,
    resolve: (host) => {
      asked.push(host);
      return host === "private.test"
        ? Promise.resolve(["10.0.0.7"])
        : new Promise(() => {});
    },
  });
  const slow = Array.from({ length: 100 }, (_, index) =>
    policy.checkAtAccept(new URL(`http://slow${index}.test/`), "one"),
  );
  expect(asked).toHaveLength(64);
  await expect(
    policy.checkAtAccept(new URL("http://private.test/"), "two"),
  ).rejects.toMatchObject({ code: REFUSED });
  await slow.at(-1);
});

test("no spelling of a loopback address passes", async () => {
  const part = fc.nat({ max: 255 });
  const spelled = (value: number) =>
    fc.constantFrom(
      String(value),
      `0x${value.toString(16)}`,
      `0${value.toString(8)}`,
    );
  await fc.assert(
    fc.asyncProperty(
      fc
        .tuple(part, part, part)
        .chain(([b, c, d]) =>
          fc.oneof(
            fc.tuple(spelled(127), spelled(b), spelled(c), spelled(d)),
            fc.tuple(spelled(127), spelled(b * 65_536 + c * 256 + d)),
            fc.tuple(spelled(((127 * 256 + b) * 256 + c) * 256 + d)),
          ),
        ),
      async (parts) => {
        expect(await verdict(`http://${parts.join(".")}/`)).toBe(REFUSED);
      },
    ),
  );
});

test("any URL and any entry are either allowed or refused with the documented error", async () => {
  const part = fc.oneof(
    fc.string({
      unit: fc.constantFrom(...letters("a1.:/@[]%*x- \\"), "é", "::"),
    }),
    fc.constantFrom(
      "127.0.0.1",
      "[::1]",
      "0x7f.1",
      "10.0.0.0/8",
      "*.a",
      "a.test",
    ),
    fc.string({ unit: "binary" }),
  );
  await fc.assert(
    fc.asyncProperty(part, part, async (host, entry) => {
      const url = URL.parse(`http://${host}/`);
      if (url !== null)
        expect(["allowed", REFUSED]).toContain(await verdict(url.href));
      try {
        createCallbackPolicy({ allow: [entry], allowPrivate: false });
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 500 },
  );
}, 30_000);
