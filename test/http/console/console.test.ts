/** The console's page and its files, as they are embedded and as they are bundled from sources. */
import { beforeAll, expect, test } from "bun:test";
import page from "../../../src/console/page.html";
import { ConsolePage } from "../../../src/http/console/console.ts";
import type { PageBundle } from "../../../src/http/console/page-files.ts";
import { answerPage } from "./answer-page.ts";
import { makeTemporaryFolder } from "../../server.ts";

/** The executable lists its files with paths that tests cannot have, and names them at the root of the server. */
async function embed(): Promise<PageBundle> {
  const { outputs } = await Bun.build({
    entrypoints: [page.index],
    outdir: makeTemporaryFolder(),
    publicPath: "/",
  });
  return { index: "page.html", files: outputs.map(({ path }) => ({ path })) };
}

const pages: Record<string, ConsolePage> = {};

beforeAll(async () => {
  pages["embedded"] = new ConsolePage(await embed());
  pages["from sources"] = new ConsolePage(page);
});

function ask(
  kind: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const request = new Request(`http://localhost${path}`, { headers });
  return answerPage(pages[kind] as ConsolePage, request);
}

/** @returns the paths of the files that the page names */
async function findFiles(kind: string): Promise<string[]> {
  const html = await (await ask(kind, "/")).text();
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, path = ""]) => path,
  );
}

test.each(["embedded", "from sources"])(
  "the page %s names files that are there and are kept for ever",
  async (kind) => {
    const paths = await findFiles(kind);
    const types = await Promise.all(
      paths.map(async (path) => {
        const reply = await ask(kind, path);
        expect(reply.status).toBe(200);
        expect(reply.headers.get("cache-control")).toContain("immutable");
        expect((await reply.bytes()).length).toBeGreaterThan(0);
        return reply.headers.get("content-type")?.split(";")[0];
      }),
    );
    expect(new Set(types)).toEqual(
      new Set(["image/svg+xml", "text/css", "text/javascript"]),
    );
    expect(paths.every((path) => path.startsWith("/console/"))).toBe(true);
  },
);

test.each([
  "/",
  "/actions/greeter/greet",
  "/runs",
  "/runs/01a20ede-aaef-737d-bbb4-5f85e2b83a62",
  "/callbacks",
  "/server",
])("%s is the page, which is looked for anew each time", async (path) => {
  const reply = await ask("embedded", path);
  expect(reply.headers.get("content-type")).toStartWith("text/html");
  expect(reply.headers.get("cache-control")).toBe("no-cache");
  expect(await reply.text()).toContain('<div id="app">');
});

test("a browser that has the page already is told so", async () => {
  const etag = (await ask("embedded", "/")).headers.get("etag") ?? "";
  expect(etag).toMatch(/^W\/"\w+"$/);
  const reply = await ask("embedded", "/runs", { "if-none-match": etag });
  expect(reply.status).toBe(304);
  expect(await reply.text()).toBe("");
});

test("files are compressed for those who understand that, and are the same for the others", async () => {
  const path = (await findFiles("embedded")).find((name) =>
    name.endsWith(".js"),
  ) as string;
  const plain = await (await ask("embedded", path)).bytes();
  const reply = await ask("embedded", path, {
    "accept-encoding": "br, gzip",
  });
  expect(reply.headers.get("content-encoding")).toBe("gzip");
  expect(reply.headers.get("vary")).toContain("accept-encoding");
  const gzipped = await reply.arrayBuffer();
  expect(gzipped.byteLength).toBeLessThan(plain.length / 2);
  expect(Buffer.from(Bun.gunzipSync(gzipped)).equals(plain)).toBe(true);
});

test.each(["nothing.js", "page.html", "..%2Fpage.html"])(
  "there is no file /console/%s",
  async (name) => {
    const reply = await ask("embedded", `/console/${name}`);
    expect(reply.ok).toBe(false);
    expect(await reply.text()).not.toContain("<div");
  },
);
