/** Runs are watched, found, cancelled and looked into. */
import { expect, test } from "bun:test";
import { findBarriers } from "../browser.ts";
import { IN_BACKGROUND, type Stage, TIMEOUT } from "../stage.ts";

const REPORT = { month: "2026-01", pages: 1000 };

export function describeRuns(stage: Stage): void {
  test(
    "a run is seen in the list as it starts, and is cancelled on its page",
    async () => {
      const page = await stage.visit("/runs?status=running");
      await page.getByText("Live").waitFor();
      const id = await stage.run("reports/write-report", REPORT, IN_BACKGROUND);
      await page.locator(`a[href="/runs/${id}"]`).click();
      await page.getByText("Running for").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      await page
        .getByRole("heading", { name: "Why it was cancelled" })
        .waitFor();
      const found = await stage.request(`/api/runs/${id}`);
      expect(await found.json()).toMatchObject({ state: "cancelled" });
    },
    TIMEOUT,
  );

  test(
    "where there are no live streams, the list is asked for again and again",
    async () => {
      const page = await stage.openWithoutKeys();
      await page.clock.install();
      await page.route("**/api/events", (route) =>
        route.fulfill({ status: 404 }),
      );
      await page.goto("/runs");
      await page.getByText("Updated every 2 s").waitFor();
      const id = await stage.run("greeter/greet", { name: "Ada" });
      await page.clock.fastForward(2000);
      await page.locator(`a[href="/runs/${id}"]`).waitFor();
    },
    TIMEOUT,
  );

  test(
    "a stream that the server has no room for is asked for again",
    async () => {
      const page = await stage.openWithoutKeys();
      await page.clock.install();
      const statuses = [503, 429];
      await page.route("**/api/events", (route) => {
        const status = statuses.shift();
        return status === undefined
          ? route.continue()
          : route.fulfill({ status });
      });
      const isAsked = () =>
        page.waitForResponse((reply) => reply.url().endsWith("/api/events"));
      const first = isAsked();
      await page.goto("/runs");
      await first;
      while (statuses.length > 0) await page.clock.fastForward(5000);
      while ((await page.getByText("Live").count()) === 0)
        await page.clock.fastForward(5000);
    },
    TIMEOUT,
  );

  test(
    "the selected runs are cancelled, and it is said how many were",
    async () => {
      const ids = await Promise.all([
        stage.run("reports/write-report", REPORT, IN_BACKGROUND),
        stage.run("reports/write-report", REPORT, IN_BACKGROUND),
      ]);
      const page = await stage.visit("/runs?status=running");
      for (const id of ids)
        await page.getByLabel(`Select the run ${id.slice(-8)}`).check();
      const bar = page.getByRole("region", { name: "Selected runs" });
      await bar.getByText("2 runs selected").waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await bar.getByRole("button", { name: "Cancel" }).click();
      await page.getByText("2 runs were cancelled.").waitFor();
      await page.getByText("No run matches").waitFor();
    },
    TIMEOUT,
  );

  test(
    "a run that failed shows its steps, its error with the stack, its log by level, and its files",
    async () => {
      const id = await stage.run("more/chatty", {});
      const page = await stage.visit(`/runs/${id}`);
      const lines = page.getByRole("log").locator(".log-line");
      await page.getByText("Looking for the file.").waitFor();
      expect(await lines.count()).toBe(4);
      await page.getByLabel("Least level").selectOption("warn");
      expect(await lines.count()).toBe(2);
      await page.getByLabel("Search the log").fill("EMPTY");
      expect(await lines.allInnerTexts()).toEqual([
        expect.stringContaining("The last line is empty."),
      ]);
      await page.getByLabel("Search the log").fill("");
      await page.getByText("Stack", { exact: true }).click();
      await page.locator(".notice", { hasText: "more.ts" }).waitFor();
      const file = page.getByRole("region", { name: "Artifacts" });
      const downloading = page.waitForEvent("download");
      await file.getByRole("button", { name: "Download report.txt" }).click();
      const saved = await (await downloading).path();
      expect(await Bun.file(saved).text()).toBe("hello");
      expect(await findBarriers(page)).toEqual([]);
    },
    TIMEOUT,
  );

  test(
    "a large result is loaded only when it is asked for, and its tree is built as it is opened",
    async () => {
      const id = await stage.run("more/large", { items: 20_000 });
      const page = await stage.visit(`/runs/${id}`);
      await page.getByText("so it was not loaded automatically").waitFor();
      const downloading = page.waitForEvent("download");
      await page.getByRole("button", { name: "Download", exact: true }).click();
      const saved = await (await downloading).path();
      expect(await Bun.file(saved).json()).toHaveLength(20_000);
      await page.getByRole("button", { name: "Show it here" }).click();
      const result = page.getByRole("region", { name: "Result" });
      await result.getByText("20,000 items").click();
      await result.getByText("Show 100 more of 19900").waitFor();
      expect(await result.locator("summary").count()).toBe(101);
    },
    TIMEOUT,
  );
}
