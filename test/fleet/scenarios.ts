/** `bun run fleet`: the promises made over HTTP, kept by three executables behind a proxy. */
import { describe } from "bun:test";
import { findPostgres, titleOf } from "../postgres.ts";
import { describeAbandoning } from "../scenarios/run/abandon.ts";
import { describeBrowsing } from "../scenarios/peers/browse.ts";
import { describeCallingBack } from "../scenarios/run/call-back.ts";
import { describeCancelling } from "../scenarios/run/cancel.ts";
import { describeKeepingSecrets } from "../scenarios/peers/keep-secrets.ts";
import { describeLeaving } from "../scenarios/watch/leave-artifacts.ts";
import { describeLimiting } from "../scenarios/limit/limit-actions.ts";
import { describeLimits } from "../scenarios/limit/limit-callers.ts";
import { describeOverload } from "../scenarios/limit/overload.ts";
import { describeScenarios } from "../scenarios/scenarios.ts";
import { describeTls } from "../scenarios/peers/serve-tls.ts";
import { describeSharing } from "../scenarios/limit/share.ts";
import { describeMcp } from "../scenarios/peers/speak-mcp.ts";
import { describeWatching } from "../scenarios/watch/watch-runs.ts";
import { startExecutable } from "../server.ts";
import { fleetOf } from "./start-fleet.ts";

describe.skipIf(findPostgres() === undefined)(titleOf("three replicas"), () => {
  describeScenarios("a fleet", fleetOf(startExecutable, 3), [
    // They count the slots, the queue or the requests of one process; each replica has its own.
    describeAbandoning,
    describeCallingBack,
    describeCancelling,
    describeLeaving,
    describeLimiting,
    describeLimits,
    describeOverload,
    describeSharing,
    // Sessions, and secrets that were posted, are in the memory of one replica.
    describeKeepingSecrets,
    describeMcp,
    // The stream of all runs tells what one replica hears.
    describeWatching,
    // They have nothing to do with where runs are kept.
    describeBrowsing,
    describeTls,
  ]);
});
