import { describeLooking } from "../scenarios/look-at-runs.ts";
import { startInProcess } from "../server.ts";

describeLooking(startInProcess);
