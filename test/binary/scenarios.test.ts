import { describeScenarios } from "../scenarios/scenarios.ts";
import { startExecutable } from "../server.ts";

describeScenarios("the executable", startExecutable);
