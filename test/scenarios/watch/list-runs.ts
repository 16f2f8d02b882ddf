/** The list of runs: its pages and its filters. */
import { expect, test } from "bun:test";
import type { Start } from "../../server.ts";
import { openScene } from "../scene.ts";

export function describeListing(start: Start): void {
  const server = openScene(start, []);

  const numbers = async (query: string) =>
    (
      (await server.json(`/api/runs?${query}`)) as { numbered_id: number }[]
    ).map((run) => run.numbered_id);

  test("a list goes page by page, newest first, with each run once", async () => {
    await Promise.all(
      Array.from({ length: 7 }, () =>
        server.run("noop", {}, { "x-actions-request-id": "page" }),
      ),
    );
    let path: string | undefined = "/api/runs?limit=3&request_id=page";
    const seen: number[] = [];
    const sizes: number[] = [];
    while (path !== undefined) {
      const page = await server.request(path);
      const runs = (await page.json()) as { numbered_id: number }[];
      seen.push(...runs.map((run) => run.numbered_id));
      sizes.push(runs.length);
      path = /^<([^>]+)>; rel="next"$/.exec(
        page.headers.get("link") ?? "",
      )?.[1];
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBe(7);
  });

  test("a page ends early when its runs are large, and the next goes on", async () => {
    const bytes = 7 * 1024 ** 2;
    const headers = { "x-actions-request-id": "large" };
    for (let time = 0; time < 3; time += 1)
      await server.run("huge-result", { bytes }, headers);
    const page = await server.request("/api/runs?request_id=large");
    expect(await page.json()).toHaveLength(2);
    const [, next = ""] =
      /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "") ?? [];
    const last = await server.request(next);
    expect(await last.json()).toHaveLength(1);
    expect(last.headers.has("link")).toBe(false);
  });

  test("a page has 200 runs and a link that keeps the filters", async () => {
    const headers = { "x-actions-request-id": "many" };
    await Promise.all(
      Array.from({ length: 201 }, () => server.run("noop", {}, headers)),
    );
    const page = await server.request(
      "/api/runs?request_id=many&status=passed&status=2&package=probe",
    );
    expect(await page.json()).toHaveLength(200);
    const [, next] =
      /^<(.+)>; rel="next"$/.exec(page.headers.get("link") ?? "") ?? [];
    const query = new URLSearchParams(next?.split("?")[1]);
    expect(query.getAll("status")).toEqual(["passed", "2"]);
    expect(query.get("package")).toBe("probe");
    const last = await server.request(next ?? "");
    expect(await last.json()).toHaveLength(1);
    expect(last.headers.has("link")).toBe(false);
  });

  test("a list goes on before the run that is named", async () => {
    await server.run("noop", {});
    await server.run("noop", {});
    const [newest = 0] = await numbers("limit=1");
    expect(await numbers(`limit=1&before=${newest}`)).toEqual([newest - 1]);
    expect(await numbers("before=1")).toEqual([]);
  });

  test("a list can be filtered by several statuses, by name and by number", async () => {
    const headers = { "x-actions-request-id": "filtered" };
    for (const action of ["noop", "fail", "noop", "fail"])
      await server.run(action, {}, headers);
    const find = (query: string) => numbers(`request_id=filtered&${query}`);
    const [fourth = 0, third = 0, second = 0, first = 0] = await find("");
    expect(first).toBeGreaterThan(0);
    for (const passed of ["passed", "2"])
      expect(await find(`status=${passed}`)).toEqual([third, first]);
    expect(await find("status=3")).toEqual([fourth, second]);
    expect(await find("status=passed&status=failed")).toEqual(
      [first, second, third, fourth].toSorted((a, b) => b - a),
    );
    expect(await find("status=cancelled")).toEqual([]);
  });

  test("a list can be filtered by package and action", async () => {
    await server.run("echo", {});
    expect(await numbers("package=probe&action=echo&limit=1")).toHaveLength(1);
    expect(await numbers("package=other")).toEqual([]);
  });

  test.each([
    "limit=0",
    "limit=1001",
    "limit=x",
    "before=0",
    "status=9",
    "status=",
  ])("a list with %s is answered 400", async (query) => {
    const reply = await server.request(`/api/runs?${query}`);
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ code: "invalid_parameter" });
  });

  test("a list shows only the members that are asked for", async () => {
    await server.run("add", { a: 1, b: 2 });
    const some = await server.json(
      "/api/runs?limit=1&fields=state&fields=error",
    );
    expect(some).toEqual([{ state: "passed", error: null }]);
    const large = await server.json("/api/runs?limit=1&fields=inputs");
    expect(large).toEqual([{ inputs: '{"a":1,"b":2}' }]);
    const wrong = await server.request("/api/runs?fields=bogus");
    expect(await wrong.json()).toMatchObject({ code: "invalid_parameter" });
  });
}
