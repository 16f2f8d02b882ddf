/** The page a person opens: an action is tried out in a real browser, against the executable, without any network. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import bundled from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import { makeTemporaryFolder, startExecutable } from "../server.ts";

const INSTALLED = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** One of the machine, else the one that a package carries. */
async function findChromium(): Promise<string> {
  return INSTALLED.find((path) => existsSync(path)) ?? bundled.executablePath();
}

test(
  "an action is tried out on the page, and nothing is asked of another host",
  async () => {
    await using server = await startExecutable({
      actions: join(import.meta.dir, "..", "..", "actions"),
    });
    const browser = await chromium.launch({
      executablePath: await findChromium(),
      args: FLAGS,
    });
    try {
      const page = await browser.newPage({
        viewport: { width: 1280, height: 1600 },
      });
      const elsewhere: string[] = [];
      const mistakes: string[] = [];
      await page.route("**/*", (route) => {
        const url = route.request().url();
        if (url.startsWith(server.url) || url.startsWith("data:"))
          return route.continue();
        elsewhere.push(url);
        return route.abort();
      });
      page.on("console", (message) => {
        if (message.type() === "error") mistakes.push(message.text());
      });
      page.on("pageerror", (error) => mistakes.push(error.message));

      await page.goto(`${server.url}/docs`);
      const operation = page.locator("#operations-greeter-run_greeter_greet");
      await operation.locator(".opblock-summary-control").click();
      await operation.getByRole("button", { name: "Try it out" }).click();
      await operation
        .locator("textarea.body-param__text")
        .fill('{"name": "World"}');
      await operation.getByRole("button", { name: "Execute" }).click();
      const reply = operation.locator(".live-responses-table");
      await reply.waitFor();
      expect(
        await reply.locator(".response-col_status").nth(1).innerText(),
      ).toBe("200");
      expect(await reply.innerText()).toContain('"Hello Mr. World."');
      expect(await reply.innerText()).toContain("x-action-server-run-id");
      await page.screenshot({
        path: join(makeTemporaryFolder(), "docs.png"),
        fullPage: true,
      });
      expect(elsewhere).toEqual([]);
      expect(mistakes).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  { timeout: 60_000 },
);
