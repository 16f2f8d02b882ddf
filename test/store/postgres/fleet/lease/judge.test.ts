import { expect, test } from "bun:test";
import { Judge } from "../../../../../src/store/postgres/fleet/lease/judge.ts";

const other = (beat: number) => [{ id: "other", beat: String(beat) }];

test("a replica is dead when the same beat of it was seen for a whole lease", () => {
  const judge = new Judge(1000);
  for (const now of [0, 300, 600, 900])
    expect(judge.look(other(7), now)).toEqual([]);
  expect(judge.look(other(7), 1000)).toEqual(other(7));
});

test("a replica that beats now and then lives", () => {
  const judge = new Judge(1000);
  for (let now = 0; now < 10_000; now += 300)
    expect(judge.look(other(Math.floor(now / 900)), now)).toEqual([]);
});

test("nobody is dead because the judge itself could not look", () => {
  const judge = new Judge(1000);
  expect(judge.look(other(7), 0)).toEqual([]);
  // It was frozen, or the database was away.
  for (const now of [60_000, 60_300])
    expect(judge.look(other(7), now)).toEqual([]);
  expect(judge.look(other(8), 60_600)).toEqual([]);
  expect(judge.look(other(8), 61_200)).toEqual([]);
});

test("a replica that was forgotten meanwhile is judged anew", () => {
  const judge = new Judge(1000);
  for (const now of [0, 300, 600]) judge.look(other(7), now);
  judge.look([], 900);
  expect(judge.look(other(7), 1200)).toEqual([]);
});
