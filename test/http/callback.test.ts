import { describeCallingBack } from "../scenarios/call-back.ts";
import { startInProcess } from "../server.ts";

describeCallingBack(startInProcess);
