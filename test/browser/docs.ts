/** The page at /docs: an action is tried out, without any network. */
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { takePicture } from "./browser.ts";
import { KEY, type Stage, TIMEOUT } from "./stage.ts";

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

export function describeDocs(stage: Stage): void {
  test(
    "an action can be tried out on the page, which asks nothing of another host",
    async () => {
      const page = await stage.visit("/docs");
      const reply = await tryOut(page);
      expect(reply).toContain('"Hello Mr. World."');
      expect(reply).toContain("x-action-server-run-id");
      await takePicture(page, "docs");
      await page.getByRole("link", { name: "console" }).click();
      await page.getByRole("heading", { name: "Actions" }).waitFor();
      await page.getByRole("link", { name: "API docs" }).click();
      await page.locator("#operations-greeter-greet").waitFor();
    },
    TIMEOUT,
  );

  test(
    "the page asks for a key when one is needed and uses it as long as its tab is open",
    async () => {
      const page = await stage.openWithKeys();
      await page.goto("/docs");
      await page.getByText("This server asks for an API key.").waitFor();
      await takePicture(page, "docs-asks");
      await page.getByLabel("API key").fill("a-wrong-key");
      await page.getByRole("button", { name: "Show the API" }).click();
      await page.getByText("This API key is not known.").waitFor();
      expect(await page.locator(".opblock").count()).toBe(0);
      await page.getByLabel("API key").fill(KEY);
      await page.keyboard.press("Enter");
      expect(await tryOut(page)).toContain('"Hello Mr. World."');
      expect(await page.locator("#ask").isVisible()).toBe(false);
      await takePicture(page, "docs-with-key");

      await page.reload();
      await page.locator("#operations-greeter-greet").waitFor();
      expect(page.url()).not.toContain(KEY);
      expect(await page.context().cookies()).toEqual([]);
      expect(await page.evaluate("JSON.stringify(localStorage)")).toBe("{}");
      const other = await page.context().newPage();
      await other.goto("/docs");
      await other.getByText("This server asks for an API key.").waitFor();
    },
    TIMEOUT,
  );
}
