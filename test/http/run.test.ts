import { describeRunning } from "../scenarios/run-an-action.ts";
import { startInProcess } from "../server.ts";

describeRunning(startInProcess);
