/** The console of a server that asks for keys. */
import { expect, test } from "bun:test";
import { findBarriers } from "../browser.ts";
import { KEY, type Stage, TIMEOUT } from "../stage.ts";

export function describeKeys(stage: Stage): void {
  test(
    "the key is asked for once in a tab, is kept nowhere else, and can be forgotten",
    async () => {
      const page = await stage.openWithKeys();
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
    },
    TIMEOUT,
  );

  test(
    "a new key is shown once, its name stands beside its runs, and it is revoked after a question",
    async () => {
      const page = await stage.openWithKeys();
      await page.goto("/server");
      const dialog = page.getByRole("dialog", { name: "API key" });
      await dialog.getByLabel("Key").fill(KEY);
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Create a key" }).click();
      await page.getByLabel("Name").fill("phone");
      expect(await findBarriers(page)).toEqual([]);
      await page.getByRole("button", { name: "Create", exact: true }).click();
      const shown = page.getByText(/^actiond_[\da-z]+$/);
      const key = await shown.innerText();
      await page.getByRole("button", { name: "Done" }).click();
      await shown.waitFor({ state: "detached" });

      const id = await stage.runWithKey(key, "greeter/greet", { name: "Bo" });
      expect(id).not.toBe("");
      await page.getByRole("link", { name: "Runs" }).first().click();
      const row = page.getByRole("row", { name: id.slice(-8) });
      await row.getByRole("cell", { name: "phone" }).waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await page.locator(`a[href="/runs/${id}"]`).click();
      await page.locator(".facts", { hasText: "phone" }).waitFor();

      await page.getByRole("link", { name: "Server" }).first().click();
      await page.getByRole("button", { name: "Revoke phone" }).click();
      await page.getByRole("button", { name: "Revoke", exact: true }).click();
      await page.getByText("The key phone was revoked.").waitFor();
      expect(await stage.runWithKey(key, "greeter/greet", { name: "Bo" })).toBe(
        "",
      );
    },
    TIMEOUT,
  );
}
