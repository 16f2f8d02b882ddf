import { describe } from "bun:test";
import { describeAbandoning } from "../scenarios/abandon.ts";
import { SCENARIOS } from "../scenarios/scenarios.ts";
import { startExecutable, type StartOptions } from "../server.ts";

const ISOLATED = ["--isolation", "process", "--max-children", "4"];

/** Isolated code does not go on for as long as it likes: it is killed. */
const scenarios = SCENARIOS.filter(
  ([, describeScenarios]) => describeScenarios !== describeAbandoning,
);

describe.each(scenarios)(
  "the executable, every action isolated, %s",
  (_, describeScenarios) => {
    describeScenarios(({ options = [], ...rest }: StartOptions = {}) =>
      startExecutable({ options: [...ISOLATED, ...options], ...rest }),
    );
  },
);
