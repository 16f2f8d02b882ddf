/** What callers with keys see of each other: nothing. */
import { describe, expect, test } from "bun:test";
import type { Caller, Scope } from "../../src/access/caller.ts";
import { cancel } from "../../src/run/cancel.ts";
import { viewOf } from "../../src/run/view.ts";
import { openStage } from "./stage.ts";

function makeCaller(keyId: string, ...scopes: Scope[]): Caller {
  return { keyId, name: keyId, scopes, packages: null };
}
const owner = makeCaller("owner", "run", "read", "cancel");
const other = makeCaller("other", "run", "read", "cancel");
const admin = makeCaller("boss", "admin");

describe("who sees a run", () => {
  test.each([
    [owner, true],
    [other, false],
    [admin, true],
    [makeCaller("", "read"), false],
  ])(
    "for the caller %j, whether an owner's run is seen is %p",
    async (caller, isSeen) => {
      using stage = openStage();
      const { run } = await stage.accept({ caller: owner, requestId: "r" });
      await run.recorded;
      const view = viewOf(caller, stage.runs);
      expect((await view.find(run.id))?.id).toBe(isSeen ? run.id : undefined);
      expect(await view.findByRequestId("r")).toBe(isSeen ? run.id : undefined);
      expect((await view.list({ limit: 10 })).runs).toHaveLength(
        isSeen ? 1 : 0,
      );
      if (isSeen) expect((await view.get(run.id)).owner).toBe("owner");
      else
        await expect(view.get(run.id)).rejects.toThrow(
          `There is no run "${run.id}".`,
        );
    },
  );

  test.each([
    [other, "run_not_found"],
    [owner, "cancelled"],
    [admin, "cancelled"],
  ])(
    "a cancel of a running run by %j is answered %s",
    async (caller, answer) => {
      using stage = openStage();
      const { run } = await stage.accept({ caller: owner });
      await run.recorded;
      const said = await cancel(run.id, {
        caller,
        store: stage.runs,
        runner: stage.runner,
        events: stage.events,
      }).catch((error: { code: string }) => error.code);
      expect(said).toBe(answer);
      expect(run.isEndedEarly).toBe(answer === "cancelled");
    },
  );

  test("a run without an owner is seen by admins alone", async () => {
    using stage = openStage();
    const run = stage.makeRun({ owner: "", requestId: "r" });
    await stage.runs.insert(run);
    for (const caller of [owner, other, makeCaller("", "read")]) {
      expect(await viewOf(caller, stage.runs).find(run.id)).toBeUndefined();
      expect(
        (await viewOf(caller, stage.runs).list({ limit: 10 })).runs,
      ).toEqual([]);
    }
    expect(
      await viewOf(other, stage.runs).findByRequestId("r"),
    ).toBeUndefined();
    expect(
      (await viewOf(admin, stage.runs).list({ limit: 10 })).runs,
    ).toHaveLength(1);
  });
});

test("an admin's own run is found first when others have used its request id before", async () => {
  using stage = openStage();
  await stage.accept({ caller: owner, requestId: "r" });
  const { run } = await stage.accept({ caller: admin, requestId: "r" });
  await run.recorded;
  expect(await viewOf(admin, stage.runs).findByRequestId("r")).toBe(run.id);
});

describe("the same idempotency key of two callers", () => {
  const asked = { idempotencyKey: "k" };

  test("two callers with the same idempotency key have two runs while these go on", async () => {
    using stage = openStage();
    const first = await stage.accept({ ...asked, caller: owner });
    const second = await stage.accept({
      ...asked,
      caller: other,
      input: { a: 1 },
    });
    expect(second.isRepeat).toBe(false);
    expect(second.run.id).not.toBe(first.run.id);
    const again = await stage.accept({ ...asked, caller: owner });
    expect(again.run.id).toBe(first.run.id);
    await expect(
      stage.accept({ ...asked, caller: owner, input: { a: 1 } }),
    ).rejects.toMatchObject({ code: "idempotency_key_reused" });
  });

  test("two callers with the same idempotency key have two runs after these have ended", async () => {
    using stage = openStage();
    const first = await stage.accept({ ...asked, caller: owner });
    await first.run.recorded;
    stage.calls[0]?.end(1);
    await first.run.recorded;
    const second = await stage.accept({ ...asked, caller: other });
    expect(second.run.id).not.toBe(first.run.id);
    expect(await stage.accept({ ...asked, caller: owner })).toMatchObject({
      kept: { id: first.run.id },
    });
  });
});
