/** What the reading thread is asked. */
import type {
  Debts,
  Delivery,
  DeliveryFilter,
  Receiver,
} from "../../../../run/delivery/delivery.ts";
import type { RunId } from "../../../../run/run.ts";
import type { RunFilter } from "../../../../run/store.ts";
import type { Row, SentRow } from "../../hot-statement.ts";

interface Questions {
  usage: null;
  /** The id of a run. */
  run: RunId;
  /** Without its input and result. */
  leanRun: RunId;
  /** So many bytes of a result, from this one on. */
  result: {
    readonly id: RunId;
    readonly from: number;
    readonly byteCount: number;
  };
  runs: RunFilter;
  unfinished: null;
  deliveries: DeliveryFilter;
  pendingReceivers: null;
  debts: null;
  /** The number after which they come. */
  events: number;
  quickCheck: null;
}

export interface Found {
  /** By the ids of keys. */
  usage: readonly (readonly [owner: string, bytes: number])[];
  run: SentRow | undefined;
  leanRun: Row | undefined;
  result: Uint8Array;
  runs: { readonly rows: readonly SentRow[]; readonly hasMore: boolean };
  unfinished: readonly Row[];
  deliveries: Delivery[];
  pendingReceivers: (Receiver & { nextAttemptAt: number })[];
  debts: Debts;
  /** Undefined when it is not known any more what came after that one. */
  events: { readonly last: number; readonly rows: readonly Row[] } | undefined;
  /** "ok", or the first damage that was found. */
  quickCheck: string;
}

export type QuestionName = keyof Questions;
export type Question<Name extends QuestionName = QuestionName> = readonly [
  name: Name,
  argument: Questions[Name],
];

export type Reads = {
  readonly [Name in QuestionName]: (argument: Questions[Name]) => Found[Name];
};
