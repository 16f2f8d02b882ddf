/** What the room needs of the server, and what it is asked. */
import type { Readable, Writable } from "node:stream";
import type { Caller } from "../access/caller.ts";
import type { Audit } from "../audit/entry.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Log } from "../log.ts";
import type { Runner } from "../run/active/runner.ts";
import type { AskParts } from "../run/ask.ts";
import type { LogReader } from "../run/kept-log/log-store.ts";
import type { Vault } from "../secrets/vault.ts";
import type { RunFollowers } from "./watch/run-followers.ts";

/** What the server gives. */
export interface McpDoorParts extends AskParts {
  readonly catalog: LiveCatalog;
  readonly runner: Runner;
  readonly logs: LogReader;
  readonly log: Log;
  readonly vault: Pick<Vault, "keys">;
  /** Undefined: nothing is recorded. */
  readonly audit?: Audit | undefined;
  /** How long finished runs are kept, in milliseconds; Infinity for ever. */
  readonly keepRunsMs: number;
  /** The version of the server. */
  readonly version: string;
}

/** What every method of the protocol has. */
export interface McpParts extends McpDoorParts {
  readonly followers: RunFollowers;
}

/** Who asks, and what answers. */
export interface Whose {
  readonly caller: Caller;
  readonly parts: McpParts;
}

/** A request, after HTTP has found out whose it is and has read and checked its body. */
export interface McpRequest {
  readonly caller: Caller;
  /** The parsed body; undefined for a request without one. */
  readonly body: unknown;
}

export interface McpStreams {
  readonly input: Readable;
  readonly output: Writable;
}
