import { describeScenarios } from "../scenarios/scenarios.ts";
import { startInProcess } from "../server.ts";

describeScenarios("a server", startInProcess);
