/** What the server tells the thread that reads large inputs, and what that answers. */
import type { InputError, RefusalCode } from "../../errors.ts";
import type { Checked, CheckOptions } from "./check.ts";
import type { Envelope } from "./envelope.ts";
import type { ShapeLimit } from "./scan.ts";

/** Reads an input. */
interface InputOrder extends CheckOptions {
  readonly kind: "input";
  readonly bytes: Uint8Array;
  /** See `toSchemaText`; undefined when the input is only to be parsed. */
  readonly schema: string | undefined;
}

/** Takes an input out of what it was sent in. */
export interface EnvelopeOrder {
  readonly kind: "envelope";
  readonly bytes: Uint8Array;
  readonly limit: ShapeLimit;
}

/** Checks a result that was written as JSON. */
export interface ResultOrder {
  readonly kind: "result";
  readonly bytes: Uint8Array;
  /** JSON Schema. */
  readonly schema: string;
}

export type CheckOrder = InputOrder | EnvelopeOrder | ResultOrder;

export type CheckAnswer =
  | { readonly kind: "parsed"; readonly value: unknown }
  /** Its input is bytes of JSON. */
  | ({ readonly kind: "envelope" } & Envelope)
  /** Of a result; undefined where it matches its schema. */
  | { readonly kind: "mistake"; readonly mistake: InputError | undefined }
  | ({ readonly kind: "checked" } & Checked)
  | {
      readonly kind: "refused";
      readonly code: RefusalCode;
      readonly message: string;
      readonly errors: readonly InputError[] | undefined;
    };

/** The thread says when it has started: the time that takes belongs to no order. */
export type ThreadMessage = CheckAnswer | { readonly kind: "ready" };
