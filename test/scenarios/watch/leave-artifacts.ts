/** Files that runs leave: listed, downloaded whole or in part, limited, and gone with their runs. */
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, type Start } from "../../server.ts";
import { idOf, openScene } from "../scene.ts";

const LIMITS = [
  "--max-artifact-bytes",
  "100KB",
  "--max-total-artifact-bytes",
  "150KB",
];

export function describeLeaving(start: Start): void {
  const scene = openScene(start, LIMITS);
  const leave = async (input: object) => {
    const reply = await scene.run("leaves", input);
    return { id: idOf(reply), said: (await reply.json()) as string };
  };
  const get = (id: string, name: string, headers = {}) =>
    scene.request(`/api/runs/${id}/artifacts/${encodeURIComponent(name)}`, {
      headers,
    });

  test("a run leaves a file, which is listed and downloaded as an attachment", async () => {
    const { id, said } = await leave({
      name: "résumé (1).html",
      text: "<script>alert(1)</script>",
      way: "stream",
    });
    expect(said).toBe("left");
    expect(await scene.json(`/api/runs/${id}/artifacts`)).toEqual([
      {
        name: "résumé (1).html",
        size: 25,
        content_type: "text/html;charset=utf-8",
        time: expect.any(String),
      },
    ]);
    const reply = await get(id, "résumé (1).html");
    expect(reply.status).toBe(200);
    expect(await reply.text()).toBe("<script>alert(1)</script>");
    const { headers } = reply;
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("sandbox");
    expect(headers.get("content-disposition")).toBe(
      "attachment; filename=\"r_sum_ (1).html\"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%281%29.html",
    );
    const { relative_artifacts_dir } = await scene.json(`/api/runs/${id}`);
    expect(relative_artifacts_dir).toBe(`artifacts/${id}`);
    // In a fleet they are in its database.
    if (start.isFleet !== true)
      expect(readdirSync(join(scene.data(), relative_artifacts_dir))).toEqual([
        "résumé (1).html",
      ]);
  });

  test("a run without artifacts has none, and a file that is not there is not found", async () => {
    const { id } = await leave({ name: "kept.txt", text: "kept" });
    const aborted = await leave({
      name: "half.txt",
      text: "half",
      way: "abort",
    });
    expect(await scene.json(`/api/runs/${aborted.id}/artifacts`)).toEqual([]);
    expect(
      (await scene.json(`/api/runs/${aborted.id}`)).relative_artifacts_dir,
    ).toBe("");
    for (const name of ["other.txt", "../kept.txt", ".kept.txt", "half.txt"]) {
      const reply = await get(id, name);
      expect(reply.status).toBe(404);
      expect(((await reply.json()) as any).code).toMatch(/not_found$/);
    }
    expect((await get("bogus", "kept.txt")).status).toBe(404);
  });

  test.each([
    ["bytes=0-2", 206, "012", "bytes 0-2/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=5-99", 206, "56789", "bytes 5-9/10"],
    ["bytes=2-1", 200, "0123456789", null],
    ["lines=1-2", 200, "0123456789", null],
    ["bytes=0-1,4-5", 200, "0123456789", null],
    ["bytes=10-", 416, undefined, null],
    ["bytes=-0", 416, undefined, null],
  ])("the range %s is answered %d", async (range, status, text, part) => {
    const { id } = await leave({ name: "digits.txt", text: "0123456789" });
    const reply = await get(id, "digits.txt", { range });
    expect(reply.status).toBe(status);
    expect(reply.headers.get("content-range")).toBe(part);
    if (text !== undefined) expect(await reply.text()).toBe(text);
  });

  test.each([["../out"], ["a/b"], [""], [".hidden"], ["end."], ["nul\0"]])(
    "a run cannot name an artifact %j",
    async (name) => {
      const list = () => readdirSync(scene.data(), { recursive: true });
      // There is a folder of artifacts now.
      await leave({ name: "kept.txt", text: "kept" });
      const before = list();
      const { said } = await leave({ name, text: "out" });
      expect(said).toStartWith('An artifact needs a name such as "report.pdf"');
      expect(list()).toEqual(before);
    },
  );

  test("artifacts have a limit for each run and one for all, and deleting a run makes room", async () => {
    const tooMuch = await leave({ name: "a.bin", bytes: 103_000 });
    expect(tooMuch.said).toContain("(--max-artifact-bytes)");
    const first = await leave({ name: "a.bin", bytes: 90_000 });
    expect(first.said).toBe("left");
    const second = await leave({ name: "a.bin", bytes: 90_000 });
    expect(second.said).toContain("(--max-total-artifact-bytes)");
    await scene.request(`/api/runs/${first.id}`, { method: "DELETE" });
    const folder = join(scene.data(), "artifacts", first.id);
    while (existsSync(folder)) await Bun.sleep(5);
    let third = await leave({ name: "a.bin", bytes: 90_000 });
    while (third.said !== "left")
      third = await leave({ name: "a.bin", bytes: 90_000 });
    expect(await scene.json(`/api/runs/${third.id}/artifacts`)).toMatchObject([
      { name: "a.bin", size: 90_000 },
    ]);
  });

  describe("after a restart", () => {
    test("artifacts are still there, and those of runs that are gone are removed", async () => {
      const data = join(makeTemporaryFolder(), "data");
      await using server = await start({ data, options: LIMITS });
      const input = { name: "kept.txt", text: "kept" };
      const id = idOf(await server.run("leaves", input));
      const orphan = join(data, "artifacts", Bun.randomUUIDv7());
      await Bun.write(join(orphan, "left.txt"), "left");
      await server.stop();
      await using again = await start({ data, options: LIMITS });
      const path = `/api/runs/${id}/artifacts/kept.txt`;
      expect(await (await again.request(path)).text()).toBe("kept");
      while (existsSync(orphan)) await Bun.sleep(5);
    });
  });
}
