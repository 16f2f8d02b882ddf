/** The console of a server that asks for keys. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { startExecutable } from "../server.ts";
import { findBarriers, launchBrowser, openPage } from "./console-browser.ts";
import { openStandIn } from "./console-stand-in.ts";

const KEY = "the-one-key-of-this-server";
const actions = join(import.meta.dir, "..", "..", "actions");

test(
  "the key is asked for once in a tab, is kept nowhere else, and can be forgotten",
  async () => {
    await using server = await startExecutable({
      actions,
      environment: { ACTIOND_API_KEY: KEY },
    });
    await using stand = await openStandIn(server.url);
    await using browser = await launchBrowser();
    await using opened = await openPage(browser, stand.url);
    const { page, elsewhere, mistakes } = opened;
    await page.goto("/");
    const dialog = page.getByRole("dialog", { name: "API key" });
    await dialog.getByText("This server requires an API key.").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await dialog.getByLabel("Key").fill("a-wrong-key");
    await page.keyboard.press("Enter");
    await dialog.getByText("The server does not know this key.").waitFor();
    await dialog.getByLabel("Key").fill(KEY);
    await dialog.getByRole("button", { name: "Use this key" }).click();
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "greet" }).click();
    await page.getByLabel("name").fill("Ada");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText('"Hello Mr. Ada."').waitFor();
    await page.getByText("$ACTIOND_API_KEY").waitFor();

    await page.reload();
    await page.getByRole("heading", { name: "greeter/greet" }).waitFor();
    expect(await dialog.count()).toBe(0);
    expect(page.url()).not.toContain(KEY);
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate("JSON.stringify(localStorage)")).toBe("{}");
    const other = await page.context().newPage();
    await other.goto("/");
    await other.getByText("This server requires an API key.").waitFor();
    await other.keyboard.press("Escape");
    await other.getByRole("button", { name: "Enter a key" }).waitFor();

    await page.getByRole("button", { name: "Forget key" }).click();
    await dialog.getByText("This server requires an API key.").waitFor();
    expect(elsewhere).toEqual([]);
    // Besides what a browser says of replies 401 by itself.
    expect(mistakes.filter((text) => !text.includes("401"))).toEqual([]);
  },
  { timeout: 60_000 },
);
