/** A real browser for the console: it may speak with one server alone, and what goes wrong in it is noted. */
import { existsSync } from "node:fs";
import bundled from "@sparticuz/chromium";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";

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

export interface Look {
  readonly width: number;
  readonly scheme: "light" | "dark";
}

export const LOOKS: readonly Look[] = [
  { width: 1280, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 390, scheme: "light" },
  { width: 390, scheme: "dark" },
];

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What was asked of other hosts. */
  readonly elsewhere: readonly string[];
  /** Errors of the page, and what its console says of them. */
  readonly mistakes: readonly string[];
}

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath:
      INSTALLED.find((path) => existsSync(path)) ??
      (await bundled.executablePath()),
    args: FLAGS,
  });
}

/** Opens a tab whose paths belong to `url`, in a profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  { width, scheme }: Look = { width: 1280, scheme: "light" },
): Promise<OpenPage> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width, height: width < 600 ? 844 : 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const mistakes: string[] = [];
  await page.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked.startsWith(url)) return route.continue();
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
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** @returns a sentence for each thing that keeps people from using the page */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate("axe.run()");
  return (found as axe.AxeResults).violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}

/** By how many pixels the page is wider than its window. */
export async function measureOverflow(page: Page): Promise<number> {
  const width = await page.evaluate(
    "document.documentElement.scrollWidth - innerWidth",
  );
  return Math.max(0, width as number);
}
