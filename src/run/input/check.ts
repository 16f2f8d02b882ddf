/** From the bytes of an input to the value that an action gets and the text that is kept, or to why it is refused. */
import type { CheckInput } from "../../action/schema/schema.ts";
import { type InputError, ServerError, toJsonMistake } from "../../errors.ts";
import { toFingerprint } from "../repeat.ts";
import { scan, type ShapeLimit } from "./scan.ts";

export interface InputLimit extends ShapeLimit {
  /** Of the text that is sent, and of the text that is kept: defaults may make it longer. */
  readonly maxInputBytes: number;
}

export type Checked =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly text: string;
      /** See `toFingerprint`; where it was asked for. */
      readonly fingerprint?: string | undefined;
    }
  | { readonly ok: false; readonly errors: readonly InputError[] };

export interface CheckOptions {
  readonly limit: InputLimit;
  readonly fingerprintOf: string | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws {ServerError} `invalid_json`, `invalid_input` */
export function parseInput(bytes: Uint8Array, limit: ShapeLimit): unknown {
  scan(bytes, limit);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new ServerError("invalid_json", "The body is not valid UTF-8.");
  }
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServerError(
      "invalid_json",
      `The body is not valid JSON: ${toJsonMistake(error)}.`,
    );
  }
}

/**
 * @param options.fingerprintOf the address of the action, where the fingerprint is asked for
 * @throws {ServerError} `input_too_large`
 */
export function checkInput(
  value: unknown,
  check: CheckInput,
  { limit, fingerprintOf }: CheckOptions,
): Checked {
  const checked = check(value, limit.maxInputValues);
  if (!checked.ok) return checked;
  const text = JSON.stringify(checked.value);
  if (Buffer.byteLength(text) > limit.maxInputBytes)
    throw new ServerError(
      "input_too_large",
      `With its defaults the input may have at most ${limit.maxInputBytes} bytes.`,
    );
  const fingerprint =
    fingerprintOf === undefined
      ? undefined
      : toFingerprint(fingerprintOf, checked.value);
  return { ok: true, value: checked.value, text, fingerprint };
}
