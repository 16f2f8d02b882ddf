/** A disk that is full: every transaction fails, which is what SQLite makes of it. */
import { expect, test } from "bun:test";
import { waitForOutcome } from "../../src/run/wait.ts";
import { openStage } from "./stage.ts";
import { turn } from "../turn.ts";

function fill(stage: ReturnType<typeof openStage>): void {
  stage.breakWrites();
}

function empty(stage: ReturnType<typeof openStage>): void {
  stage.mendWrites();
}

/** The codes that these were refused with. */
async function refusals(...promises: Promise<unknown>[]): Promise<unknown[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) =>
    result.status === "rejected"
      ? (result.reason as { code: unknown }).code
      : "not refused",
  );
}

const input = { text: "x".repeat(100_000) };

test("a run that cannot be recorded is refused, its code is asked to end and its slot is free", async () => {
  using stage = openStage();
  fill(stage);
  const { run } = await stage.accept({ input });
  const { recorded } = run;
  expect(await refusals(recorded, waitForOutcome(run, Infinity))).toEqual([
    "store_unavailable",
    "store_unavailable",
  ]);
  expect(stage.calls[0]?.context.signal.aborted).toBe(true);
  await turn();
  expect(stage.scheduler.runningCount).toBe(1);
  stage.calls[0]?.end(null);
  while (stage.scheduler.runningCount > 0) await turn();
  expect(stage.runner.find(run.id)).toBeUndefined();
  expect(await stage.runs.find(run.id)).toBeUndefined();

  empty(stage);
  const later = await stage.accept({ input });
  await later.run.recorded;
  stage.calls[1]?.end("again");
  expect(await waitForOutcome(later.run, Infinity)).toMatchObject({
    status: "passed",
  });
});

test("the outcome of a quick action is not recorded without its run", async () => {
  using stage = openStage();
  fill(stage);
  const { run } = await stage.accept({ input });
  const { recorded } = run;
  stage.calls[0]?.end("quick");
  expect(await refusals(recorded, waitForOutcome(run, Infinity))).toEqual([
    "store_unavailable",
    "store_unavailable",
  ]);
  expect(await stage.runs.find(run.id)).toBeUndefined();
});

test("an outcome that the store does not take is offered again until it does", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const { recorded } = run;
  await recorded;
  fill(stage);
  stage.calls[0]?.end("x".repeat(900));
  const outcome = waitForOutcome(run, Infinity);
  // One attempt has failed when a write after it has failed, too.
  await stage.runs
    .insert({ ...stage.makeRun(), input: JSON.stringify(input) })
    .catch(() => undefined);
  empty(stage);
  expect(await outcome).toMatchObject({ status: "passed" });
  expect((await stage.runs.find(run.id))?.status).toBe("passed");
});

test("a caller whose run cannot be detached is told so", async () => {
  using stage = openStage();
  const { run } = await stage.accept();
  const { recorded } = run;
  await recorded;
  stage.breakWrites();
  expect(await refusals(stage.runs.detach(run.id))).toEqual([
    "store_unavailable",
  ]);
  stage.mendWrites();
  expect(await stage.runs.detach(run.id)).toBe(true);
});
