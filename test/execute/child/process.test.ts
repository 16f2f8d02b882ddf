import { expect, test } from "bun:test";
import type { Child } from "../../../src/execute/child/child.ts";
import { IdleChildren } from "../../../src/execute/child/idle.ts";
import {
  readMemory,
  toChildCommand,
} from "../../../src/execute/child/process.ts";

test("a child is the executable itself, or Bun with the program when run from the sources", () => {
  const { execPath } = process;
  expect(toChildCommand("/$bunfs/root/actiond")).toEqual([
    execPath,
    "--isolated-child",
  ]);
  expect(toChildCommand("/src/main.ts")).toEqual([
    execPath,
    "/src/main.ts",
    "--isolated-child",
  ]);
});

test("the memory of a process can be read, and one that is gone has none", async () => {
  expect(readMemory(process.pid)).toBeGreaterThan(1_000_000);
  const gone = Bun.spawn(["true"]);
  await gone.exited;
  expect(readMemory(gone.pid)).toBeUndefined();
});

test("idle children beyond the warm ones end when they have not been needed for long", () => {
  const dismissed: string[] = [];
  const makeChild = (name: string) =>
    ({
      isEnding: false,
      dismiss: () => dismissed.push(name),
    }) as unknown as Child;
  const idle = new IdleChildren(-1);
  for (const name of ["oldest", "older", "newest"]) idle.add(makeChild(name));
  idle.dismissBeyond(3);
  expect(dismissed).toEqual([]);
  idle.dismissBeyond(1);
  expect(dismissed).toEqual(["oldest", "older"]);
});
