/** `bun run fleet`: the promises made over HTTP, kept by three executables behind a proxy. */
import { describe } from "bun:test";
import { findPostgres, titleOf } from "../postgres.ts";
import { describeScenarios } from "../scenarios/scenarios.ts";
import { describeLeaving } from "../scenarios/watch/leave-artifacts.ts";
import { startExecutable } from "../server.ts";
import { fleetOf } from "./start-fleet.ts";

describe.skipIf(findPostgres() === undefined)(titleOf("three replicas"), () => {
  describeScenarios("a fleet", fleetOf(startExecutable, 3), [
    // Files are on the disk of one replica.
    describeLeaving,
  ]);
});
