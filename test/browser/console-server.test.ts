/** Callbacks are sent again, and keys are created and revoked. */
import { expect, test } from "bun:test";
import { findBarriers } from "./console-browser.ts";
import { IN_BACKGROUND, TIMEOUT, useStage } from "./console-stage.ts";

const stage = useStage();

test(
  "a refused callback is found and sent again",
  async () => {
    const heard: string[] = [];
    const answers = [410, 200];
    await using receiver = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      async fetch(request) {
        heard.push(await request.text());
        return new Response(null, { status: answers.shift() ?? 200 });
      },
    });
    await stage.run(
      "greeter/greet",
      { name: "Eve" },
      { ...IN_BACKGROUND, "x-actions-async-callback": receiver.url.href },
    );
    await using opened = await stage.openPage();
    const { page } = opened;
    await page.goto(`/callbacks?host=${receiver.url.host}`);
    const row = page.locator(".delivery");
    await row.getByText("refused").waitFor();
    await row.getByRole("button", { name: "Attempts" }).click();
    await row.getByText("Attempt 1: 410").waitFor();
    expect(await findBarriers(page)).toEqual([]);
    await row.getByRole("button", { name: "Redeliver" }).click();
    await row.getByText("delivered").waitFor();
    expect(heard).toEqual(['"Hello Mr. Eve."', '"Hello Mr. Eve."']);
  },
  TIMEOUT,
);

test(
  "a new key is shown once, and a key is revoked after a question",
  async () => {
    await using opened = await stage.openPage();
    const { page } = opened;
    await page.goto("/server");
    await page.getByRole("button", { name: "Create a key" }).click();
    await page.getByLabel("Name").fill("phone");
    expect(await findBarriers(page)).toEqual([]);
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await page.getByText("actd_shown_only_once").waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    expect(await page.getByText("actd_shown_only_once").count()).toBe(0);
    const asked = page.waitForRequest(
      (request) =>
        request.method() === "DELETE" &&
        request.url().endsWith("/api/keys/key_1"),
    );
    await page.getByRole("button", { name: "Revoke deploy" }).click();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await asked;
    await page.getByText("The key deploy was revoked.").waitFor();
  },
  TIMEOUT,
);
