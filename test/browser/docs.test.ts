/** The page a person opens: an action is tried out in a real browser, against the executable, without any network. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { makeTemporaryFolder, startExecutable } from "../server.ts";
import { launchBrowser } from "./console-browser.ts";

const KEY = "the-one-key-of-this-server";

/** Opens a page that may speak with this server alone, and notes what it does wrong. */
async function openPage(url: string) {
  const browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 1600 },
  });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const mistakes: string[] = [];
  await page.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked.startsWith(url) || asked.startsWith("data:"))
      return route.continue();
    elsewhere.push(asked);
    return route.abort();
  });
  page.on("console", (message) => {
    if (message.type() === "error") mistakes.push(message.text());
  });
  page.on("pageerror", (error) => mistakes.push(error.message));
  return {
    page,
    elsewhere,
    mistakes,
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** @returns what the page shows of the reply */
async function tryOut(page: Page): Promise<string> {
  const operation = page.locator("#operations-greeter-greet");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Try it out" }).click();
  await operation
    .locator("textarea.body-param__text")
    .fill('{"name": "World"}');
  await operation.getByRole("button", { name: "Execute" }).click();
  const reply = operation.locator(".live-responses-table");
  await reply.waitFor();
  expect(await reply.locator(".response-col_status").nth(1).innerText()).toBe(
    "200",
  );
  return reply.innerText();
}

const actions = join(import.meta.dir, "..", "..", "actions");
const takePicture = (page: Page, name: string) =>
  page.screenshot({
    path: join(process.env["PICTURES"] ?? makeTemporaryFolder(), name),
    fullPage: true,
  });

test(
  "an action can be tried out on the page, which asks nothing of another host",
  async () => {
    await using server = await startExecutable({ actions });
    await using browser = await openPage(server.url);
    const { page } = browser;
    await page.goto(`${server.url}/docs`);
    const reply = await tryOut(page);
    expect(reply).toContain('"Hello Mr. World."');
    expect(reply).toContain("x-action-server-run-id");
    await takePicture(page, "docs.png");
    expect(browser.elsewhere).toEqual([]);
    expect(browser.mistakes).toEqual([]);
  },
  { timeout: 60_000 },
);

test(
  "the page asks for a key when one is needed and uses it as long as its tab is open",
  async () => {
    await using server = await startExecutable({
      actions,
      environment: { ACTIOND_API_KEY: KEY },
    });
    await using browser = await openPage(server.url);
    const { page } = browser;
    await page.goto(`${server.url}/docs`);
    await page.getByText("This server asks for an API key.").waitFor();
    await takePicture(page, "docs-asks.png");
    await page.getByLabel("API key").fill("a-wrong-key");
    await page.getByRole("button", { name: "Show the API" }).click();
    await page.getByText("This API key is not known.").waitFor();
    expect(await page.locator(".opblock").count()).toBe(0);
    await page.getByLabel("API key").fill(KEY);
    await page.keyboard.press("Enter");
    expect(await tryOut(page)).toContain('"Hello Mr. World."');
    expect(await page.locator("#ask").isVisible()).toBe(false);
    await takePicture(page, "docs-with-key.png");

    await page.reload();
    await page.locator("#operations-greeter-greet").waitFor();
    expect(page.url()).not.toContain(KEY);
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate("JSON.stringify(localStorage)")).toBe("{}");
    const other = await page.context().newPage();
    await other.goto(`${server.url}/docs`);
    await other.getByText("This server asks for an API key.").waitFor();
    expect(browser.elsewhere).toEqual([]);
    // Besides what a browser says of replies 401 by itself, and Swagger UI of a name with "_" in the link it was left at.
    const expected = /401|escaping deep link whitespace/;
    expect(browser.mistakes.filter((text) => !expected.test(text))).toEqual([]);
  },
  { timeout: 60_000 },
);
