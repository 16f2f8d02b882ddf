/** Everything that is promised through HTTP, whatever serves it. */
import type { Start } from "../server.ts";
import { describeAbandoning } from "./abandon.ts";
import { describeCallingBack } from "./call-back.ts";
import { describeCancelling } from "./cancel.ts";
import { describeCertificates } from "./change-certificate.ts";
import { describeDetaching } from "./detach.ts";
import { describeHangingUp } from "./hang-up.ts";
import { describeListing } from "./list-runs.ts";
import { describeLooking } from "./look-at-runs.ts";
import { describeOverload } from "./overload.ts";
import { describeRefusing } from "./refuse.ts";
import { describeRepeating } from "./repeat.ts";
import { describeRunning } from "./run-an-action.ts";

export const SCENARIOS: readonly [
  what: string,
  describe: (start: Start) => void,
][] = [
  ["runs actions", describeRunning],
  ["detaches callers", describeDetaching],
  ["refuses requests", describeRefusing],
  ["answers repeated requests", describeRepeating],
  ["shows runs", describeLooking],
  ["lists runs", describeListing],
  ["cancels runs", describeCancelling],
  ["shows code that goes on", describeAbandoning],
  ["bears a crowd", describeOverload],
  ["calls back", describeCallingBack],
  ["changes its certificate", describeCertificates],
  ["notices callers that hang up", describeHangingUp],
];
