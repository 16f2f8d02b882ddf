/** Everything that is promised through HTTP, whatever serves it. */
import { afterAll, describe } from "bun:test";
import type { Start } from "../server.ts";
import { describeAbandoning } from "./run/abandon.ts";
import { describeBrowsing } from "./peers/browse.ts";
import { describeCallingBack } from "./run/call-back.ts";
import { describeCancelling } from "./run/cancel.ts";
import { describeDetaching } from "./run/detach.ts";
import { describeHangingUp } from "./run/hang-up.ts";
import { describeKeepingSecrets } from "./peers/keep-secrets.ts";
import { describeLeaving } from "./watch/leave-artifacts.ts";
import { describeLimiting } from "./limit/limit-actions.ts";
import { describeLimits } from "./limit/limit-callers.ts";
import { describeListing } from "./watch/list-runs.ts";
import { describeLooking } from "./watch/look-at-runs.ts";
import { describeOriginalClients } from "./peers/serve-original-clients.ts";
import { describeOverload } from "./limit/overload.ts";
import { describeRefusing } from "./run/refuse.ts";
import { describeRepeating } from "./run/repeat.ts";
import { describeRetrying } from "./run/retry.ts";
import { describeRunning } from "./run/run-an-action.ts";
import { closeScenes } from "./scene.ts";
import { describeSharing } from "./limit/share.ts";
import { describeMcp } from "./peers/speak-mcp.ts";
import { describeTaking } from "./run/take-results.ts";
import { describeWatching } from "./watch/watch-runs.ts";
import { describeTls } from "./peers/serve-tls.ts";

type Scenarios = readonly [what: string, describeOne: (start: Start) => void][];

const SCENARIOS: Scenarios = [
  ["runs actions", describeRunning],
  ["detaches callers", describeDetaching],
  ["refuses requests", describeRefusing],
  ["shares its time between callers", describeSharing],
  ["answers repeated requests", describeRepeating],
  ["shows runs", describeLooking],
  ["lists runs", describeListing],
  ["lets runs be watched", describeWatching],
  ["keeps what runs leave", describeLeaving],
  ["hands out files and chunks", describeTaking],
  ["gives secrets to actions", describeKeepingSecrets],
  ["cancels runs", describeCancelling],
  ["shows code that outlives its run", describeAbandoning],
  ["serves more callers than it runs", describeOverload],
  ["limits actions", describeLimiting],
  ["tries runs again", describeRetrying],
  ["calls back", describeCallingBack],
  ["meets browsers", describeBrowsing],
  ["serves clients of the original", describeOriginalClients],
  ["speaks the Model Context Protocol", describeMcp],
  ["serves over TLS", describeTls],
  ["limits callers", describeLimits],
  ["notices callers that hang up", describeHangingUp],
];

/**
 * @param who the subject of their titles
 * @param leftOut those that say nothing about servers of this kind
 */
export function describeScenarios(
  who: string,
  start: Start,
  leftOut: readonly Scenarios[number][1][] = [],
): void {
  const chosen = SCENARIOS.filter(
    ([, scenario]) => !leftOut.includes(scenario),
  );
  describe.each(chosen)(`${who} %s`, (_, describeOne) => {
    describeOne(start);
  });
  afterAll(() => closeScenes(start));
}
