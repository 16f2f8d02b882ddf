import { describeAbandoning } from "../../scenarios/run/abandon.ts";
import { describeBrowsing } from "../../scenarios/peers/browse.ts";
import { describeScenarios } from "../../scenarios/scenarios.ts";
import { describeTls } from "../../scenarios/peers/serve-tls.ts";
import { startExecutable, type StartOptions } from "../../server.ts";

const ISOLATED = ["--isolation", "process", "--max-children", "4"];

describeScenarios(
  "the executable, every action isolated,",
  ({ options = [], ...rest }: StartOptions = {}) =>
    startExecutable({ options: [...ISOLATED, ...options], ...rest }),
  [
    // Isolated code does not go on for as long as it likes: it is killed.
    describeAbandoning,
    // They have nothing to do with where code runs.
    describeBrowsing,
    describeTls,
  ],
);
