import { describe } from "bun:test";
import { SCENARIOS } from "../scenarios/scenarios.ts";
import { startInProcess } from "../server.ts";

describe.each(SCENARIOS)("a server %s", (_, describeScenarios) => {
  describeScenarios(startInProcess);
});
