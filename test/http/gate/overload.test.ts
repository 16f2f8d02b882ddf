/** Thousands of requests that find no place. */
import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { processorMs } from "../../processor-time.ts";
import { openStage } from "../../run/stage.ts";
import { stageApp } from "../stage-app.ts";

/** In each of four rounds. */
const REFUSAL_COUNT = 8000;
const BATCH = 1000;
const MB = 2 ** 20;

test("refusals of a crowd cost little time and no memory, and each says when to come back", async () => {
  using stage = openStage({ running: 1, queued: 1 });
  const app = await stageApp(stage);
  for (let count = 0; count < 2; count += 1)
    await (
      await stage.accept()
    ).run.recorded;
  let last: ReadableStream | undefined;
  const refuse = async () => {
    const body = new ReadableStream({}, { highWaterMark: 0 });
    last = body;
    const reply = await app.fetch(
      new Request("http://localhost/api/actions/stage/act/run", {
        method: "POST",
        headers: { "transfer-encoding": "chunked" },
        body,
      }),
    );
    expect(reply.status).toBe(503);
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    await reply.text();
  };
  const refuseMany = async () => {
    for (let count = 0; count < REFUSAL_COUNT; count += BATCH)
      await Promise.all(Array.from({ length: BATCH }, refuse));
    Bun.gc(true);
    return { heap: heapStats().heapSize, rss: process.memoryUsage().rss };
  };
  const looks = [await refuseMany()];
  const since = processorMs();
  looks.push(await refuseMany());
  const each = (processorMs() - since) / REFUSAL_COUNT;
  looks.push(await refuseMany(), await refuseMany());
  const growths = (kind: "heap" | "rss") =>
    looks
      .slice(1)
      .map((look, index) => look[kind] - (looks[index]?.[kind] ?? 0));
  // What each refusal leaves behind would be there every time; what the allocator keeps comes and goes.
  expect(Math.min(...growths("heap"))).toBeLessThan(MB / 2);
  expect(Math.min(...growths("rss"))).toBeLessThan(10 * MB);
  expect(each).toBeLessThan(1);
  expect(last?.locked).toBe(false);
  expect(stage.scheduler).toMatchObject({ runningCount: 1, queuedCount: 1 });
  expect((await stage.runs.list({ limit: 10 })).runs).toHaveLength(2);
  for (const call of stage.calls) call.end(null);
}, 60_000);
