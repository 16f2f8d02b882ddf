/** Runs of several owners in one store. */
import { expect, test } from "bun:test";
import { makeRun } from "../sqlite/temporary-store.ts";
import { describeStores } from "./adapters.ts";

describeStores((open) => {
  test("an idempotency key is unique for each owner", async () => {
    await using kept = await open();
    const runs = ["", "one", "two"].map((owner) =>
      makeRun({ owner, idempotencyKey: "k" }),
    );
    await Promise.all(runs.map((run) => kept.runs.insert(run)));
    for (const run of runs)
      expect((await kept.runs.findByIdempotencyKey(run.owner, "k"))?.id).toBe(
        run.id,
      );
    expect(await kept.runs.findByIdempotencyKey("three", "k")).toBeUndefined();
    const again = makeRun({ owner: "one", idempotencyKey: "k" });
    const earlier = runs.find(({ owner }) => owner === "one");
    expect((await kept.runs.insert(again))?.id).toBe(earlier!.id);
    expect(await kept.runs.find(again.id)).toBeUndefined();
  });

  test("a request id finds the oldest run of an owner or of all owners", async () => {
    await using kept = await open();
    const [first, second, third] = ["one", "two", "two"].map((owner) =>
      makeRun({ owner, requestId: "r" }),
    );
    for (const run of [first, second, third]) await kept.runs.insert(run!);
    expect(await kept.runs.findByRequestId("r")).toBe(first!.id);
    expect(await kept.runs.findByRequestId("r", "two")).toBe(second!.id);
    expect(await kept.runs.findByRequestId("r", "three")).toBeUndefined();
  });

  test.each([
    {},
    { before: 4 },
    { statuses: ["running", "failed"] as const },
    { package: "probe", action: "noop" },
    { requestId: "r" },
  ])(
    "the list of an owner's runs with %j has no run of another",
    async (filter) => {
      await using kept = await open();
      for (const owner of ["one", "two", "", "two", "one"])
        await kept.runs.insert(makeRun({ owner, requestId: "r" }));
      const listed = async (owner: string) =>
        (await kept.runs.list({ limit: 10, ...filter, owner })).runs.map(
          ({ numberedId }) => numberedId,
        );
      expect(await listed("two")).toEqual("before" in filter ? [2] : [4, 2]);
      expect(await listed("")).toEqual([]);
    },
  );

  test("the list of an owner's callbacks has none of another", async () => {
    await using kept = await open();
    for (const owner of ["one", "two", "", "two"]) {
      const run = makeRun({ owner, detached: true });
      await kept.runs.insert(run);
      await kept.runs.finish(run, {
        outcome: { status: "passed", result: "1" },
        at: 1,
        runMs: 1,
      });
    }
    const listed = async (owner?: string) =>
      (
        await kept.deliveries.list({
          states: ["pending", "dead"],
          limit: 10,
          ...(owner === undefined ? {} : { owner }),
        })
      ).map(({ numberedId }) => numberedId);
    expect(await listed("two")).toEqual([4, 2]);
    expect(await listed("")).toEqual([]);
    expect(await listed()).toEqual([4, 3, 2, 1]);
  });
});
