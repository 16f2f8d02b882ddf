import { describe } from "bun:test";
import { SCENARIOS } from "../scenarios/scenarios.ts";
import { startExecutable } from "../server.ts";

describe.each(SCENARIOS)("the executable %s", (_, describeScenarios) => {
  describeScenarios(startExecutable);
});
