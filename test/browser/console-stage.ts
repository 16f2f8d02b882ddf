/** A server, what stands between it and the page, and a browser, for all tests of a file. */
import { afterAll, beforeAll } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import {
  makeTemporaryFolder,
  startExecutable,
  type TestProcess,
} from "../server.ts";
import { LOG, makeAnswers } from "./console-answers.ts";
import { launchBrowser, type Look, openPage } from "./console-browser.ts";
import { openStandIn, type StandIn } from "./console-stand-in.ts";

const EXAMPLES = join(import.meta.dir, "..", "..", "actions");
/** Beside the examples: a large result, and an input with a field of every kind. */
const MORE = `import { action, t } from "actiond";
export const large = action({
  input: t.Object({ items: t.Integer() }),
  run: ({ items }) => Array.from({ length: items }, (_, id) => ({ id, text: "x".repeat(100) })),
});
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

/** Opens everything before the tests of the file, and closes it behind them. */
export function useStage() {
  let browser: Browser;
  let server: TestProcess;
  let stand: StandIn;
  beforeAll(async () => {
    const actions = makeTemporaryFolder();
    cpSync(EXAMPLES, actions, { recursive: true });
    writeFileSync(join(actions, "more.ts"), MORE);
    [browser, server] = await Promise.all([
      launchBrowser(),
      startExecutable({ actions }),
    ]);
    stand = await openStandIn(server.url, {
      ...makeAnswers(Date.now()),
      logs: LOG,
    });
  }, TIMEOUT.timeout);
  afterAll(async () => {
    await browser.close();
    await stand[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return {
    openPage: (look?: Look) => openPage(browser, stand.url, look),
    setReachable: (isReachable: boolean) => stand.setReachable(isReachable),
    request: (path: string) => server.request(path),
    /** @returns the id of the run */
    async run(
      action: string,
      input: unknown,
      headers: Record<string, string> = {},
    ): Promise<string> {
      const reply = await server.request(`/api/actions/${action}/run`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(input),
      });
      return reply.headers.get("x-action-server-run-id") ?? "";
    },
  };
}
