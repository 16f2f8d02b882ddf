/** What the server tells the thread that reads large inputs, and what that answers. */
import type { InputError, RefusalCode } from "../../errors.ts";
import type { Checked, CheckOptions } from "./check.ts";

export interface CheckOrder extends CheckOptions {
  readonly bytes: Uint8Array;
  /** See `toSchemaText`; undefined when the input is only to be parsed. */
  readonly schema: string | undefined;
}

export type CheckAnswer =
  | { readonly kind: "parsed"; readonly value: unknown }
  | ({ readonly kind: "checked" } & Checked)
  | {
      readonly kind: "refused";
      readonly code: RefusalCode;
      readonly message: string;
      readonly errors: readonly InputError[] | undefined;
    };

/** The thread says when it has started: the time that takes belongs to no order. */
export type ThreadMessage = CheckAnswer | { readonly kind: "ready" };
