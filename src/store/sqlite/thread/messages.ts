/** What the event loop and the threads of the store tell each other. */
import type { SentValue } from "../hot-statement.ts";
import type { Failure } from "./failure.ts";
import type { Question } from "./read/questions.ts";
import type { WriteName } from "./write/changes.ts";

/** `full`: a reply means the disk has it, also after a power cut. `normal`: also after a crash of the process. */
export type Durability = "full" | "normal";

/** The first thing that a thread is told: which of the two it is. */
export type Opening =
  | {
      readonly open: "writer";
      readonly file: string;
      readonly durability: Durability;
    }
  | { readonly open: "reader"; readonly file: string };

/** A change on its way: its name and its values. */
export type SentWrite = readonly [name: WriteName, ...values: SentValue[]];

/** Changes that are committed together, in their order; as JSON where that is faster. */
export type Batch = string | readonly SentWrite[];

export type Told =
  Opening | Batch | { readonly ask: Question } | { readonly close: true };

/** What came of a batch that is on disk, by the places of its changes: only what their callers did not expect. */
export interface Committed {
  readonly answers: readonly (readonly [place: number, answer: unknown])[];
  readonly failures: readonly (readonly [place: number, failure: Failure])[];
}

/** What the writing thread answers. `null`: the batch is on disk, and all is as expected. */
export type WriterAnswer =
  | null
  | Committed
  /** Nothing of the batch is kept. */
  | { readonly refused: string }
  /** Another process has changed the database. */
  | "changed"
  | "closed";

/** What the reading thread answers, in the order of the questions. */
export type ReaderAnswer =
  { readonly answer: unknown } | { readonly failed: Failure } | "closed";
