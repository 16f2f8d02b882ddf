import { describe } from "bun:test";
import { describeCallingBack } from "../scenarios/call-back.ts";
import { describeLooking } from "../scenarios/look-at-runs.ts";
import { describeRunning } from "../scenarios/run-an-action.ts";
import { startExecutable } from "../server.ts";

describe("the executable runs actions", () => {
  describeRunning(startExecutable);
});

describe("the executable keeps runs", () => {
  describeLooking(startExecutable);
});

describe("the executable calls back", () => {
  describeCallingBack(startExecutable);
});
