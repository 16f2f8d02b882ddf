/** Every page of the console in a real browser, on a phone and on a desk, in both schemes. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { makeTemporaryFolder } from "../server.ts";
import { findBarriers, LOOKS, measureOverflow } from "./console-browser.ts";
import { IN_BACKGROUND, TIMEOUT, useStage } from "./console-stage.ts";

const MAX_FIRST_LOAD_BYTES = 150_000;

const stage = useStage();

const takePicture = (page: Page, name: string) =>
  page.screenshot({
    path: join(process.env["PICTURES"] ?? makeTemporaryFolder(), name),
    fullPage: true,
  });

test.each([...LOOKS])(
  "every page is whole at $width px in the $scheme scheme, and no barrier is in it",
  async (look) => {
    const failed = await stage.run("shop/order", {
      product: "tea",
      count: 500,
    });
    const passed = await stage.run("greeter/greet", { name: "Ada" });
    await stage.run(
      "greeter/greet",
      { name: "Bob" },
      { ...IN_BACKGROUND, "x-actions-async-callback": "http://127.0.0.1:9/no" },
    );
    const pages: [path: string, heading: string, name: string][] = [
      ["/", "Actions", "actions"],
      ["/actions/reports/write-report", "reports/write-report", "action"],
      ["/runs", "Runs", "runs"],
      [`/runs/${failed}`, "shop/order failed", "failed"],
      [`/runs/${passed}`, "greeter/greet passed", "passed"],
      ["/callbacks", "Callbacks", "callbacks"],
      ["/server", "Server", "server"],
    ];
    await using opened = await stage.openPage(look);
    const { page, elsewhere, mistakes } = opened;
    for (const [path, heading, name] of pages) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      while ((await page.locator(".loading").count()) > 0)
        await page.locator(".loading").first().waitFor({ state: "detached" });
      await takePicture(page, `${name}-${look.width}-${look.scheme}.png`);
      expect({
        name,
        barriers: await findBarriers(page),
        overflow: await measureOverflow(page),
      }).toEqual({ name, barriers: [], overflow: 0 });
    }
    expect({ elsewhere, mistakes }).toEqual({ elsewhere: [], mistakes: [] });
  },
  TIMEOUT,
);

test(
  "what a browser loads first is small, and its policy lets in nothing else",
  async () => {
    await using opened = await stage.openPage();
    const { page } = opened;
    const reply = await page.goto("/");
    await page.getByRole("heading", { name: "Actions" }).waitFor();
    const sizes = await page.evaluate(
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/console/')).map(({ transferSize }) => transferSize)",
    );
    const total = (sizes as number[]).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(10_000);
    expect(total).toBeLessThan(MAX_FIRST_LOAD_BYTES);
    const policy = reply?.headers()["content-security-policy"];
    expect(policy).toStartWith("default-src 'none'; script-src 'self';");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain("unsafe");
  },
  TIMEOUT,
);

test(
  "a lost connection is said, and mended",
  async () => {
    await using opened = await stage.openPage();
    const { page } = opened;
    await page.goto("/runs");
    await page.getByText("Live").waitFor();
    await stage.setReachable(false);
    const said = page.getByText("The server cannot be reached.");
    await said.waitFor();
    await stage.setReachable(true);
    await page.getByRole("button", { name: "Try now" }).click();
    await said.waitFor({ state: "detached" });
    await page.getByText("Live").waitFor();
    const id = await stage.run("greeter/greet", { name: "Ada" });
    await page.locator(`a[href="/runs/${id}"]`).waitFor();
  },
  TIMEOUT,
);
