/** Room on the disk: new runs are refused before it is full. */
import { expect, test } from "bun:test";
import { statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { FreeDisk } from "../../src/store/free-disk.ts";
import { startInProcess } from "../server.ts";

test("with less room than it must have, a run is refused and the server says why it is not ready", async () => {
  await using server = await startInProcess({
    options: ["--min-free-disk", "8000000GB"],
  });
  const refused = await server.run("add", { a: 1 });
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("60");
  const detail = expect.stringContaining("--min-free-disk");
  const problem = { code: "store_unavailable", detail };
  expect(await refused.json()).toMatchObject(problem);
  const keyed = await server.run("add", { a: 1 }, { "idempotency-key": "one" });
  expect(await keyed.json()).toMatchObject(problem);
  const ready = await server.request("/health/ready");
  expect(ready.status).toBe(503);
  expect(ready.headers.get("content-type")).toBe("application/problem+json");
  expect(await ready.json()).toMatchObject({
    ...problem,
    checks: { disk: { ok: false, detail }, store: { ok: true } },
  });
  expect((await server.request("/api/runs")).status).toBe(200);
});

test("the room is looked at again after a second, and not more often", () => {
  let now = 0;
  const { bavail, bsize } = statfsSync(tmpdir());
  const disk = new FreeDisk(tmpdir(), bavail * bsize * 2, () => now);
  const { freeBytes, trouble } = disk;
  expect(freeBytes).toBeGreaterThan(0);
  expect(trouble?.code).toBe("store_unavailable");
  now = 999;
  expect(disk.freeBytes).toBe(freeBytes);
  now = 1000;
  expect(disk.freeBytes).toBeGreaterThan(0);
  expect(new FreeDisk("/nowhere", 0).trouble).toBeUndefined();
});
