import { describe } from "bun:test";
import { describeAbandoning } from "../scenarios/abandon.ts";
import { describeBrowsing } from "../scenarios/browse.ts";
import { SCENARIOS } from "../scenarios/scenarios.ts";
import { describeTls } from "../scenarios/serve-tls.ts";
import { startExecutable, type StartOptions } from "../server.ts";

const ISOLATED = ["--isolation", "process", "--max-children", "4"];

const LEFT_OUT = new Set<(typeof SCENARIOS)[number][1]>([
  // Isolated code does not go on for as long as it likes: it is killed.
  describeAbandoning,
  // They have nothing to do with where code runs.
  describeBrowsing,
  describeTls,
]);

const scenarios = SCENARIOS.filter(([, scenario]) => !LEFT_OUT.has(scenario));

describe.each(scenarios)(
  "the executable, every action isolated, %s",
  (_, describeScenarios) => {
    describeScenarios(({ options = [], ...rest }: StartOptions = {}) =>
      startExecutable({ options: [...ISOLATED, ...options], ...rest }),
    );
  },
);
