/** Every page of the console on a phone and on a desk, in both schemes, in each of its states. */
import { expect, test } from "bun:test";
import type { Page } from "playwright-core";
import {
  findBarriers,
  measureOverflow,
  takePicture,
  untilStill,
} from "../browser.ts";
import { IN_BACKGROUND, type Stage, TIMEOUT } from "../stage.ts";

const MAX_FIRST_LOAD_BYTES = 150_000;
const DESK = 1280;
const PHONE = 390;
const SCHEMES = ["light", "dark"] as const;

/** Looks at what the page shows now in each scheme. A scheme changes nothing but colours. */
export async function look(
  page: Page,
  name: string,
  widths: readonly number[] = [PHONE],
): Promise<void> {
  for (const scheme of SCHEMES) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 850 });
      await untilStill(page);
      await takePicture(page, `${name}-${width}-${scheme}`);
      const rules = scheme === "light" ? [] : ["color-contrast"];
      expect({
        name,
        width,
        scheme,
        barriers: await findBarriers(page, ...rules),
        overflow: await measureOverflow(page),
      }).toEqual({ name, width, scheme, barriers: [], overflow: 0 });
    }
  }
  await page.emulateMedia({ colorScheme: SCHEMES[0] });
}

async function untilLoaded(page: Page): Promise<void> {
  while ((await page.locator(".loading").count()) > 0)
    await page.locator(".loading").first().waitFor({ state: "detached" });
}

/** Before there are runs: must be the first of a file. */
export function describeEmptyPages(stage: Stage): void {
  test(
    "pages that have nothing to show say so, and what to do about it",
    async () => {
      let page = await stage.visit("/runs");
      await page.getByText("No runs yet").waitFor();
      await look(page, "no-runs");
      page = await stage.visit("/callbacks");
      await page.getByText("No callbacks yet").waitFor();
      await look(page, "no-callbacks");
      page = await stage.visit("/runs/none");
      await page.getByText("There is no such run").waitFor();
      await look(page, "no-run");
    },
    TIMEOUT,
  );
}

export function describeLooks(stage: Stage): void {
  test(
    "every page is whole at every width and in every scheme, and no barrier is in it",
    async () => {
      const failed = await stage.run("more/chatty", {});
      const passed = await stage.run("greeter/greet", { name: "Ada" });
      await stage.run(
        "greeter/greet",
        { name: "Bob" },
        {
          ...IN_BACKGROUND,
          "x-actions-async-callback": "http://127.0.0.1:9/no",
        },
      );
      const pages: [path: string, heading: string, name: string][] = [
        ["/", "Actions", "actions"],
        ["/actions/reports/write-report", "reports/write-report", "action"],
        ["/runs", "Runs", "runs"],
        [`/runs/${failed}`, "more/chatty failed", "failed"],
        [`/runs/${passed}`, "greeter/greet passed", "passed"],
        ["/callbacks", "Callbacks", "callbacks"],
        ["/server", "Server", "server"],
      ];
      for (const [path, heading, name] of pages) {
        const page = await stage.visit(path);
        await page.getByRole("heading", { level: 1, name: heading }).waitFor();
        await untilLoaded(page);
        await look(page, name, [DESK, PHONE]);
      }
    },
    TIMEOUT,
  );

  test.each([
    ["/", "/api/actions", "text=greeter"],
    ["/runs", "/api/runs?", ".row-link"],
    ["/callbacks", "/api/callbacks?", ".delivery"],
    ["/server", "/api/server", ".gauge"],
  ])(
    "the page %s says that it loads, that it could not, and loads again when asked to",
    async (path, api, content) => {
      const page = await stage.visit("/docs/nothing");
      const held = Promise.withResolvers<void>();
      const isAsked = (url: URL) =>
        `${url.pathname}${url.search}?`.startsWith(api);
      await page.route(isAsked, async (route) => {
        await held.promise;
        await route.fulfill({
          status: 500,
          json: { detail: "The disk is gone." },
        });
      });
      await page.goto(path);
      await page.locator(".loading").first().waitFor();
      await look(page, `loading${path.replace("/", "-")}`);
      held.resolve();
      await page.getByText("The disk is gone.").first().waitFor();
      await look(page, `failed${path.replace("/", "-")}`);
      const again = page.getByRole("button", { name: "Try again" }).first();
      await Promise.all([
        page.waitForRequest((request) => isAsked(new URL(request.url()))),
        again.click(),
      ]);
      await page.unrouteAll({ behavior: "ignoreErrors" });
      // A page that also asks now and then by itself may have what it wants.
      while ((await page.locator(content).count()) === 0)
        await again.click({ timeout: 1000 }).catch(() => undefined);
      await page.locator(content).first().waitFor();
    },
    TIMEOUT,
  );

  test(
    "a lost connection is said, and mended",
    async () => {
      const page = await stage.visit("/runs");
      await page.getByText("Live").waitFor();
      await stage.setReachable(false);
      const said = page.getByText("The server cannot be reached.");
      await said.waitFor();
      await look(page, "lost");
      await page.getByRole("button", { name: "Try now" }).click();
      await said.waitFor();
      await stage.setReachable(true);
      await said.waitFor({ state: "detached" });
      await page.getByText("Live").waitFor();
      const id = await stage.run("greeter/greet", { name: "Ada" });
      await page.locator(`a[href="/runs/${id}"]`).waitFor();
    },
    TIMEOUT,
  );

  test(
    "what a browser loads first is small, and its policy lets in nothing else",
    async () => {
      const page = await stage.openWithoutKeys();
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
}
