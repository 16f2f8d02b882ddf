/** A real browser: it reaches nothing but this machine, and what goes wrong in its pages is noted. */
import { existsSync, mkdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
];
/** What a browser says by itself of every request that fails. */
const FAILED_REQUEST = /^Failed to load resource: /;

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** What was asked of other hosts. */
  readonly elsewhere: readonly string[];
  /** Errors of the page, and what its console says of them. */
  readonly mistakes: readonly string[];
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath =
    INSTALLED.find((path) => existsSync(path)) ?? (await unpackBrowser());
  return chromium.launch({ executablePath, args: FLAGS });
}

/** One process at a time: the others would start a file that is still being written. */
async function unpackBrowser(): Promise<string> {
  const lock = join(tmpdir(), "unpacking-browser");
  while (!takeLock(lock)) await Bun.sleep(50);
  try {
    return await bundled.executablePath();
  } finally {
    rmdirSync(lock);
  }
}

function takeLock(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** Opens a tab whose paths belong to `url`, in a profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
): Promise<OpenPage> {
  const context = await browser.newContext({
    baseURL: url,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const elsewhere: string[] = [];
  const mistakes: string[] = [];
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(url) && !/^(?:data|blob):/.test(asked))
      elsewhere.push(asked);
  });
  page.on("console", (message) => {
    if (message.type() === "error" && !FAILED_REQUEST.test(message.text()))
      mistakes.push(message.text());
  });
  page.on("pageerror", (error) => mistakes.push(error.message));
  return {
    page,
    elsewhere,
    mistakes,
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/**
 * @param rules all of them unless named
 * @returns a sentence for each thing that keeps people from using the page
 */
export async function findBarriers(
  page: Page,
  ...rules: readonly string[]
): Promise<string[]> {
  if ((await page.evaluate("typeof axe")) === "undefined")
    await page.evaluate(axe.source);
  const options = {
    resultTypes: ["violations"],
    ...(rules.length === 0 ? {} : { runOnly: rules }),
  };
  const found = await page.evaluate(`axe.run(${JSON.stringify(options)})`);
  return (found as axe.AxeResults).violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`),
  );
}

/**
 * Resolves when no colour and no size is on its way to another, which on a busy machine takes long also where it is to take
 * no time.
 */
export async function untilStill(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const isMoving = () => document.getAnimations().some(({ effect, playState }) =>
      playState === "running" && effect.getComputedTiming().endTime < Infinity);
    await frame();
    await frame();
    while (isMoving()) await frame();
  })()`);
}

/** By how many pixels the page is wider than its window. */
export async function measureOverflow(page: Page): Promise<number> {
  const width = await page.evaluate(
    "document.documentElement.scrollWidth - innerWidth",
  );
  return Math.max(0, width as number);
}

/** Keeps what the page looks like, where somebody asks for that with `PICTURES=folder`. */
export async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env["PICTURES"];
  if (folder === undefined) return;
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
