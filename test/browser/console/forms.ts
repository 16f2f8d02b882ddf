/** Actions are run from forms made of their schemas. */
import { expect, test } from "bun:test";
import { findBarriers } from "../browser.ts";
import { type Stage, TIMEOUT } from "../stage.ts";

export function describeForms(stage: Stage): void {
  test(
    "an action is run from its form: what is wrong is said beside the field, and the result beside the form",
    async () => {
      const page = await stage.visit("/actions/reports/write-report");
      await page.getByLabel("pages").fill("2000");
      await page.getByLabel("secondsPerPage").fill("0");
      await page.getByLabel("month").fill("2026-01");
      await page.getByRole("button", { name: "Run", exact: true }).click();
      const pages = page.getByLabel("pages");
      await page.locator("[aria-invalid=true]").waitFor();
      expect(await pages.getAttribute("aria-invalid")).toBe("true");
      expect(await page.locator(".field-error").innerText()).toContain("1000");
      expect(await findBarriers(page)).toEqual([]);
      await pages.fill("2");
      await page.getByRole("button", { name: "Run", exact: true }).click();
      const outcome = page.getByRole("region", { name: "Result" });
      await outcome.getByText("passed").waitFor();
      await outcome.getByText("2 items").waitFor();
      expect(await findBarriers(page)).toEqual([]);
      await page.getByRole("tab", { name: "curl" }).focus();
      await page.keyboard.press("ArrowLeft");
      await page.getByText('"pages": 2,').waitFor();
      await outcome.getByRole("link", { name: "See the run" }).click();
      await page
        .getByRole("heading", { name: "reports/write-report passed" })
        .waitFor();
    },
    TIMEOUT,
  );

  test(
    "every kind of field makes the input that it shows, and a file becomes base64",
    async () => {
      const page = await stage.visit("/actions/more/everything");
      const form = page.getByRole("form", { name: "Input" });
      const add = (name: string) =>
        form.getByRole("button", { name, exact: true }).click();
      await form.getByLabel("size").selectOption("large");
      await form.getByLabel("urgent").check();
      await form.getByLabel("due").fill("2026-12-24");
      await form.getByLabel("contact").selectOption("phone");
      await form.getByLabel("number").fill("123");
      await form.getByLabel("note").selectOption("Text");
      await form.getByLabel("Value").fill("Ring twice.");
      await add("Add an item");
      await form.getByLabel("Item 1", { exact: true }).fill("first");
      await add("Add an item");
      await form.getByLabel("Item 2", { exact: true }).fill("second");
      await add("Remove item 1");
      await form.getByLabel("blue").check();
      await form.getByLabel("Name of a new member").fill("weight");
      await add("Add");
      await form.getByLabel("weight", { exact: true }).fill("1.5");
      await form.getByLabel("attachment").setInputFiles({
        name: "note.txt",
        mimeType: "text/plain",
        buffer: Buffer.from("hello"),
      });
      await add("Add shipping");
      await form.getByLabel("zip").fill("1010");
      await form.getByLabel("extra").fill('{"a": [1, null]}');
      expect(await findBarriers(page)).toEqual([]);
      const wanted = {
        size: "large",
        urgent: true,
        due: "2026-12-24",
        contact: { kind: "phone", number: "123" },
        note: "Ring twice.",
        tags: ["second"],
        colours: ["blue"],
        labels: { weight: 1.5 },
        attachment: btoa("hello"),
        shipping: { zip: "1010" },
        extra: { a: [1, null] },
        count: 3,
      };
      await form.getByRole("tab", { name: "JSON" }).click();
      const raw = form.getByLabel("Input as JSON");
      expect(JSON.parse(await raw.inputValue())).toEqual(wanted);
      await raw.fill(JSON.stringify({ ...wanted, count: 4 }));
      await form.getByRole("tab", { name: "Form" }).click();
      expect(await form.getByLabel("count").inputValue()).toBe("4");
      expect(await form.getByLabel("contact").inputValue()).toBe("1");
      await form.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByText("passed").waitFor();
      const [newest] = (await (
        await stage.request("/api/runs?limit=1")
      ).json()) as [{ inputs: string }];
      expect(JSON.parse(newest.inputs)).toEqual({ ...wanted, count: 4 });
    },
    TIMEOUT,
  );

  test(
    "a run is run again with an edited input",
    async () => {
      const id = await stage.run("greeter/greet", {
        name: "Ada",
        title: "Countess",
      });
      const page = await stage.visit(`/runs/${id}`);
      await page.getByRole("link", { name: "Edit and run" }).click();
      const title = page.getByLabel("title");
      await title.waitFor();
      expect(await title.inputValue()).toBe("Countess");
      await title.fill("Lady");
      await page.keyboard.press("Control+Enter");
      await page.getByText('"Hello Lady Ada."').waitFor();
    },
    TIMEOUT,
  );
}
