/** What can be changed in the store. */
import type { Key } from "../../../../access/key.ts";
import type { Delivery } from "../../../../run/delivery/delivery.ts";
import type { RunId } from "../../../../run/run.ts";
import type { Row } from "../../hot-statement.ts";

/** What each change answers. `undefined` travels for what its caller expects. */
export interface Answers {
  /** The earlier run that has the same idempotency key, or where a callback became owed. */
  insert: { earlier: Row } | { owedTo: string } | undefined;
  start: boolean;
  postpone: boolean;
  resume: boolean;
  detach: boolean;
  detachUnheard: { owedTo?: string };
  finish: { isFirst: boolean; owedTo?: string };
  delete: boolean;
  markArtifacts: boolean;
  /** The attempt's number. */
  beginAttempt: number | undefined;
  endAttempt: void;
  forgetAttempt: void;
  giveUp: void;
  redeliver: Delivery | undefined;
  redeliverDead: number;
  recordUse: void;
  /** Whether there was no key with this name. */
  addKey: boolean;
  revokeKey: Key | undefined;
  /** Undefined when there is no such run. */
  appendLog: { lastSeq: number; bytes: number } | undefined;
  setProgress: void;
  /** The number of the latest. */
  keepEvents: number;
  forgetEvents: void;
  drop: Dropped;
  /** How many free pages are left. */
  vacuum: number;
}

/** What came of a step of retention. */
export interface Dropped {
  readonly deletedCount: number;
  /** Those of them that have left files. */
  readonly withArtifacts: readonly RunId[];
  /** The last run that was looked at; null when there is nothing more to delete. */
  readonly last: number | null;
}

export type WriteName = keyof Answers;
/** A name and its values. */
export type Write<Name extends WriteName = WriteName> = readonly [
  name: Name,
  ...values: Row,
];

/** Makes a change. @returns what its caller did not expect */
type Change<Name extends WriteName> = (
  values: Row,
) => Answers[Name] | undefined;
export type Changes = { readonly [Name in WriteName]: Change<Name> };
