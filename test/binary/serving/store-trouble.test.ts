/** A store in trouble: a file system that is really full, and a database that another process has locked. */
import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, startExecutable } from "../../server.ts";

const folder = makeTemporaryFolder();
/** Only root may mount: elsewhere `test/run/full-disk.test.ts` stands for it, where SQLite is given no more pages. */
const isMounted =
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder])
    .exitCode === 0;

afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", "--lazy", folder]);
});

test.skipIf(!isMounted)(
  "a server on a full file system refuses runs, loses nothing it has promised and recovers by itself",
  async () => {
    const data = join(folder, "data");
    await using server = await startExecutable({
      data,
      options: ["--min-free-disk", "none"],
    });
    const kept = await server.run("add", { a: 1 });
    const id = kept.headers.get("x-action-server-run-id");
    const ballast = join(folder, "ballast");
    writeFileSync(ballast, "");
    const fill = () =>
      Bun.spawnSync(["dd", "if=/dev/zero", `of=${ballast}`, "bs=4k"]);
    fill();

    const text = "x".repeat(100_000);
    let refused = await server.run("echo", { text });
    while (refused.status === 200) refused = await server.run("echo", { text });
    expect(refused.status).toBe(503);
    expect(refused.headers.has("x-action-server-run-id")).toBe(false);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      code: "store_unavailable",
      detail: expect.stringContaining("full"),
      retryable: true,
    });
    expect((await server.request(`/api/runs/${id}`)).status).toBe(200);
    expect((await server.request("/health/live")).status).toBe(200);

    rmSync(ballast);
    expect((await server.run("add", { a: 2 })).status).toBe(200);
    expect(await (await server.request(`/api/runs/${id}/result`)).text()).toBe(
      "2",
    );
    await server.stop();
    expect(await server.output()).toMatchObject({ exitCode: 0 });
    const database = new Database(join(data, "actiond.db"), { readonly: true });
    expect(database.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
    database.close();
  },
  { timeout: 30_000 },
);

test("a server whose database is locked by another process refuses runs until it is free", async () => {
  await using server = await startExecutable();
  const database = new Database(join(server.data, "actiond.db"));
  database.run("PRAGMA busy_timeout = 2000");
  database.run("BEGIN IMMEDIATE");
  const refused = await server.run("add", { a: 1 });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    code: "store_unavailable",
    detail: expect.stringContaining("locked"),
  });
  expect((await server.request("/api/runs")).status).toBe(200);
  database.run("ROLLBACK");
  database.close();
  expect((await server.run("add", { a: 1 })).status).toBe(200);
});
