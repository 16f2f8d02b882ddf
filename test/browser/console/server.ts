/** Callbacks are sent again, and the server says how it is. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { findBarriers } from "../browser.ts";
import { look } from "./looks.ts";
import { IN_BACKGROUND, type Stage, TIMEOUT } from "../stage.ts";

export function describeServer(stage: Stage): void {
  test(
    "refused callbacks are found and sent again: one, and all that were selected",
    async () => {
      const heard: string[] = [];
      const answers = [410, 410];
      await using receiver = Bun.serve({
        port: 0,
        hostname: "127.0.0.1",
        async fetch(request) {
          heard.push(await request.text());
          return new Response(null, { status: answers.shift() ?? 200 });
        },
      });
      const headers = {
        ...IN_BACKGROUND,
        "x-actions-async-callback": receiver.url.href,
      };
      for (const name of ["Eve", "Ada"])
        await stage.run("greeter/greet", { name }, headers);
      const page = await stage.visit(`/callbacks?host=${receiver.url.host}`);
      const rows = page.locator(".delivery");
      const waitForStates = async (...states: string[]) => {
        for (const [index, state] of states.entries())
          await rows.nth(index).getByText(state).waitFor();
      };
      await waitForStates("refused", "refused");
      const eve = rows.nth(1);
      await eve.getByRole("button", { name: "Attempts" }).click();
      await eve.getByText("Attempt 1: 410").waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await eve.getByRole("button", { name: "Redeliver" }).click();
      await page.getByText("The callback will be sent again.").waitFor();
      await waitForStates("refused", "delivered");
      await rows.nth(0).getByRole("checkbox").check();
      const bar = page.getByRole("region", { name: "Selected callbacks" });
      await bar.getByText("1 callback selected").waitFor();
      await bar.getByRole("button", { name: "Redeliver" }).click();
      await page.getByText("1 callback will be sent again.").waitFor();
      await waitForStates("delivered", "delivered");
      expect(heard.slice(2)).toEqual(['"Hello Mr. Eve."', '"Hello Mr. Ada."']);
      await page
        .getByRole("button", { name: "Redeliver all dead callbacks" })
        .click();
      await page
        .getByText(`No callback to ${receiver.url.host} is dead.`)
        .waitFor();
    },
    TIMEOUT,
  );

  test(
    "the server page names code that does not end, files that cannot be loaded, and the size of the store",
    async () => {
      const id = await stage.run("more/deaf", {}, IN_BACKGROUND);
      await stage.request(`/api/runs/${id}/cancel`, { method: "POST" });
      const broken = join(stage.actions, "broken.ts");
      writeFileSync(broken, "export const a = ;\n");
      const page = await stage.visit("/server");
      await page.getByRole("heading", { name: "Lingering code" }).waitFor();
      await page.locator(`a[href="/runs/${id}"]`).waitFor();
      await page.getByText("Some action files could not be loaded.").waitFor();
      await page.getByText("broken.ts:1").waitFor();
      await page.getByText("accepting runs").waitFor();
      const store = page.locator(".gauge", { hasText: "Store" });
      expect(await store.innerText()).toMatch(/\d+(?:\.\d)? ?[KM]B/);
      await look(page, "server-in-trouble");
      rmSync(broken);
    },
    TIMEOUT,
  );
}
