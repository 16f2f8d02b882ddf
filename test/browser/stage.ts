/** One browser and two executables, without and with keys, for all tests of a file. */
import { afterAll, afterEach, beforeAll, expect } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";
import { launchBrowser, type OpenPage, openPage } from "./browser.ts";
import { openRelay, type Relay } from "./relay.ts";

const EXAMPLES = join(import.meta.dir, "..", "..", "actions");
/** Beside the examples: what they do not do. */
const MORE = `import { action, t } from "actiond";
export const large = action({
  input: t.Object({ items: t.Integer() }),
  run: ({ items }) => Array.from({ length: items }, (_, id) => ({ id, text: "x".repeat(100) })),
});
export const chatty = action({
  async run(_input, { log, progress, artifacts }) {
    log.debug("Looking for the file.");
    log.info("The file is read.", { bytes: 12 });
    log.warn("The last line is empty.");
    progress(0.5, "half of it");
    await artifacts.write("report.txt", "hello");
    throw new TypeError("The file is not valid.");
  },
});
export const deaf = action({ run: () => new Promise(() => {}) });
export const everything = action({
  input: t.Object({
    size: t.Union([t.Literal("small"), t.Literal("large")]),
    urgent: t.Boolean(),
    due: t.Optional(t.String({ format: "date" })),
    contact: t.Union([
      t.Object({ kind: t.Literal("mail"), address: t.String() }),
      t.Object({ kind: t.Literal("phone"), number: t.String() }),
    ]),
    note: t.Union([t.Null(), t.String()]),
    tags: t.Array(t.String()),
    colours: t.Array(t.Union([t.Literal("red"), t.Literal("blue")]), { uniqueItems: true }),
    labels: t.Record(t.String(), t.Number()),
    attachment: t.Optional(t.String({ contentEncoding: "base64" })),
    shipping: t.Optional(t.Object({ zip: t.String() })),
    extra: t.Unknown(),
    count: t.Integer({ default: 3 }),
  }),
  run: (input) => input,
});
`;

/** How long a test may take on a busy machine. */
export const TIMEOUT = { timeout: 60_000 };
/** Headers of a run that goes on without its caller. */
export const IN_BACKGROUND = { "x-actions-async-timeout": "0" };
export const KEY = "the-one-key-of-this-server";

export type Stage = ReturnType<typeof useStage>;

/**
 * Opens everything before the tests of the file, and closes it behind them. No test may leave an error of its page, or
 * a request to another host.
 */
export function useStage() {
  const actions = makeTemporaryFolder();
  let browser: Browser;
  let server: TestProcess;
  let keyed: TestProcess;
  let relay: Relay;
  let shared: OpenPage;
  let foreign: OpenPage | undefined;
  const open = new Set<OpenPage>();
  const openFresh = async (url: string) => {
    const opened = await openPage(browser, url);
    open.add(opened);
    return opened.page;
  };
  beforeAll(async () => {
    cpSync(EXAMPLES, actions, { recursive: true });
    writeFileSync(join(actions, "more.ts"), MORE);
    [browser, server, keyed] = await Promise.all([
      launchBrowser(),
      startExecutable({ actions, options: ["--watch"] }),
      startExecutable({ actions, environment: { ACTIOND_API_KEY: KEY } }),
    ]);
    relay = await openRelay(server.url);
    shared = await openPage(browser, relay.url);
  }, TIMEOUT.timeout);
  afterEach(async () => {
    await shared.page.unrouteAll({ behavior: "ignoreErrors" });
    for (const { elsewhere, mistakes } of [shared, ...open])
      expect({ elsewhere, mistakes }).toEqual({ elsewhere: [], mistakes: [] });
    for (const opened of open) await opened[Symbol.asyncDispose]();
    open.clear();
  });
  afterAll(async () => {
    await browser.close();
    await relay[Symbol.asyncDispose]();
    // There is code on it that never ends.
    await server.kill();
    for (const each of [server, keyed]) await each[Symbol.asyncDispose]();
  });
  return {
    actions,
    /** The page that all tests share, at a path of the server without keys, as it is on a desk. */
    async visit(path: string): Promise<Page> {
      const { page } = shared;
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(path);
      return page;
    },
    /** A tab of its own. */
    openWithoutKeys: () => openFresh(server.url),
    openWithKeys: () => openFresh(keyed.url),
    /** A tab for pages of others, which may do what they want. */
    openForeign: async () => (foreign ??= await openPage(browser, "")).page,
    setReachable: (isReachable: boolean) => relay.setReachable(isReachable),
    url: () => server.url,
    request: (path: string, init?: RequestInit) => server.request(path, init),
    /** @returns the id of the run */
    run: (
      action: string,
      input: unknown,
      headers: Record<string, string> = {},
    ) => run(server, action, input, headers),
    runWithKey: (key: string, action: string, input: unknown) =>
      run(keyed, action, input, { authorization: `Bearer ${key}` }),
  };
}

async function run(
  server: TestProcess,
  action: string,
  input: unknown,
  headers: Record<string, string>,
): Promise<string> {
  const reply = await server.request(`/api/actions/${action}/run`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(input),
  });
  return reply.headers.get("x-action-server-run-id") ?? "";
}
