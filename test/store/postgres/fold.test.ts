import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Change } from "../../../src/store/postgres/write/changes.ts";
import { fold } from "../../../src/store/postgres/write/fold.ts";
import { makeRun } from "../sqlite/temporary-store.ts";

const end = {
  outcome: { status: "passed", result: "1" },
  at: 9,
  runMs: 1,
} as const;

const change: fc.Arbitrary<Change> = fc
  .record({
    id: fc.constantFrom("a", "b", "c"),
    at: fc.nat(9),
    by: fc.constantFrom("code", "carrier", "anyone"),
    kind: fc.constantFrom(
      ...(["insert", "start", "postpone", "resume", "detach"] as const),
      ...(["unheard", "finish", "release", "other"] as const),
    ),
  })
  .map(({ id, at, by, kind }): Change => {
    if (kind === "other")
      return { kind, id: at === 0 ? undefined : id, text: "", parameters: [] };
    switch (kind) {
      case "insert":
        return { kind, id, run: makeRun({ id }), end: undefined };
      case "start":
        return { kind, id, startedAt: at, attempt: at };
      case "postpone":
        return { kind, id, nextAttemptAt: at };
      case "resume":
        return { kind, id, attempt: at };
      case "detach":
      case "unheard":
        return { kind, id, at };
      case "finish":
        return { kind, id, end, by };
      case "release":
      default:
        return { kind, id };
    }
  });
const changes = fc.array(
  change.map((one) => ({ change: one })),
  { maxLength: 20 },
);

const of = <Held extends { change: Change }>(
  held: readonly Held[],
  id: string | undefined,
) => held.filter((each) => each.change.id === id);

test("folding loses no change, repeats none, and keeps the order of each run", () => {
  fc.assert(
    fc.property(changes, (all) => {
      const { taken, rest } = fold(all);
      for (const id of ["a", "b", "c", undefined])
        expect([...of(taken, id), ...of(rest, id)]).toEqual(of(all, id));
    }),
  );
});

test("flush after flush, everything is made, and the first change of a run never waits", () => {
  fc.assert(
    fc.property(changes, (all) => {
      let left = all;
      while (left.length > 0) {
        const { taken, rest } = fold(left);
        for (const { change: one } of rest)
          expect(of(taken, one.id).length).toBeGreaterThan(0);
        left = [...rest];
      }
    }),
  );
});

test("no row has a change after an outcome", () => {
  fc.assert(
    fc.property(changes, (all) => {
      const { taken, runs } = fold(all);
      for (const id of runs.keys()) {
        const kinds = of(taken, id)
          .map((held) => held.change.kind)
          .filter((kind) => kind !== "other");
        const place = kinds.indexOf("finish");
        expect([-1, kinds.length - 1]).toContain(place);
      }
    }),
  );
});

test("a run that begins and ends in one flush is one row with its outcome", () => {
  const run = makeRun({ startedAt: null });
  const { id } = run;
  const { runs, rest } = fold([
    { change: { kind: "insert", id, run, end: undefined } },
    { change: { kind: "start", id, startedAt: 5, attempt: 1 } },
    { change: { kind: "detach", id, at: 6 } },
    { change: { kind: "finish", id, end, by: "code" } },
  ]);
  expect(rest).toEqual([]);
  expect([...runs.values()]).toMatchObject([
    { startedAt: 5, attempt: 1, detachedAt: 6, end, isHolding: false },
  ]);
});
