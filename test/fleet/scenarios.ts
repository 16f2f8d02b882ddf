/** `bun run fleet`: the promises made over HTTP, kept by three executables behind a proxy. */
import { describe } from "bun:test";
import { findPostgres, titleOf } from "../postgres.ts";
import { describeScenarios } from "../scenarios/scenarios.ts";
import { startExecutable } from "../server.ts";
import { fleetOf } from "./start-fleet.ts";

describe.skipIf(findPostgres() === undefined)(titleOf("three replicas"), () => {
  describeScenarios("a fleet", fleetOf(startExecutable, 3));
});
