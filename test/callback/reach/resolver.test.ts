import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  toCandidates,
  toHosts,
  toSearch,
} from "../../../src/callback/reach/name-files.ts";
import { createResolve } from "../../../src/callback/reach/resolver.ts";
import { startNameServer } from "../../name-server.ts";

const opened: { close: () => void }[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

/** @returns the address of a name server that answers with 192.0.2.7 */
async function openNameServer(): Promise<string> {
  const socket = await startNameServer({
    answer: [192, 0, 2, 7],
    host: "127.0.0.1",
    port: 0,
  });
  opened.push(socket);
  return `127.0.0.1:${socket.address().port}`;
}

const none = { hostsFile: "/nowhere", resolvFile: "/nowhere" };

test("two hundred names that nobody answers for do not delay another one", async () => {
  const resolve = createResolve({
    servers: [await openNameServer()],
    ...none,
  });
  const silent: Promise<unknown>[] = [];
  for (let index = 0; index < 200; index += 1) {
    silent.push(
      resolve(`silent${index}.test`).catch((error: Error) => error.message),
    );
    // The name server is in this process, and has to read what it is sent.
    if (index % 20 === 0) await Bun.sleep(5);
  }
  // Before the first of them is given up.
  const [first] = silent;
  expect(await Promise.race([resolve("good.test"), first])).toEqual([
    "192.0.2.7",
  ]);
  expect(await silent[0]).toBe(
    "The name servers do not answer for silent0.test.",
  );
  await Promise.all(silent);
}, 20_000);

test("a name without enough dots is completed from the search list", async () => {
  const resolvFile = join(mkdtempSync(join(tmpdir(), "names-")), "resolv.conf");
  await Bun.write(resolvFile, "search good.test\noptions ndots:5\n");
  const servers = [await openNameServer()];
  const resolve = createResolve({ servers, ...none, resolvFile });
  expect(await resolve("svc")).toEqual(["192.0.2.7"]);
});

test("the file of hosts comes before the name servers", async () => {
  const hostsFile = join(mkdtempSync(join(tmpdir(), "names-")), "hosts");
  await Bun.write(hostsFile, "::7 here\n10.0.0.7 here there # and more\n");
  const resolve = createResolve({ ...none, hostsFile });
  expect(await resolve("here")).toEqual(["10.0.0.7", "::7"]);
});

test.each(["localhost", "a.localhost"])(
  "the name %s is this machine",
  async (name) => {
    expect(await createResolve(none)(name)).toEqual(["127.0.0.1", "::1"]);
  },
);

describe("the files", () => {
  test("lines that are not understood are left out", () => {
    expect([...toHosts("x y\n# 1.2.3.4 z\n1.2.3.4 A B")]).toEqual([
      ["a", ["1.2.3.4"]],
      ["b", ["1.2.3.4"]],
    ]);
    expect(toSearch("nameserver 1.1.1.1\noptions edns0 ndots:x")).toEqual({
      suffixes: [],
      dotCount: 1,
    });
  });

  test.each([
    ["a.b", ["a.b", "a.b.one", "a.b.two"]],
    ["a", ["a.one", "a.two", "a"]],
  ])("the name %s is looked up as %p", (host, candidates) => {
    const search = toSearch("search one two.");
    expect(toCandidates(host, search)).toEqual(candidates);
  });
});
