/** The thread in which large inputs are read, beside the event loop. `input-reader.ts` starts it; nothing imports it. */
import {
  type CheckInput,
  compileInput,
  compileOutput,
} from "../../action/schema/schema.ts";
import { ServerError } from "../../errors.ts";
import { checkInput, parseInput } from "./check.ts";
import type {
  CheckAnswer,
  CheckOrder,
  EnvelopeOrder,
  ResultOrder,
  ThreadMessage,
} from "./check-order.ts";
import { openEnvelope } from "./envelope.ts";

/** By the text of the schema. */
const checks = new Map<string, CheckInput>();

if (!Bun.isMainThread) {
  addEventListener("message", ({ data }: MessageEvent<CheckOrder>) => {
    tell(carryOut(data));
  });
  tell({ kind: "ready" });
}

function tell(message: ThreadMessage): void {
  postMessage(message);
}

function carryOut(order: CheckOrder): CheckAnswer {
  if (order.kind === "result") return checkResult(order);
  try {
    if (order.kind === "envelope") return open(order);
    const { bytes, schema, ...options } = order;
    const value = parseInput(bytes, options.limit);
    if (schema === undefined) return { kind: "parsed", value };
    return { kind: "checked", ...checkInput(value, checkOf(schema), options) };
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    const { code, message, errors } = error;
    return { kind: "refused", code, message, errors };
  }
}

function checkResult({ bytes, schema }: ResultOrder): CheckAnswer {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
  const [mistake] = compileOutput(JSON.parse(schema) as object)(value);
  return { kind: "mistake", mistake };
}

function open({ bytes, limit }: EnvelopeOrder): CheckAnswer {
  const envelope = openEnvelope(bytes, limit);
  if (envelope === undefined)
    return { kind: "envelope", input: bytes, beside: [] };
  const input = new TextEncoder().encode(JSON.stringify(envelope.input));
  return { kind: "envelope", ...envelope, input };
}

function checkOf(schema: string): CheckInput {
  let check = checks.get(schema);
  if (check === undefined) {
    check = compileInput(JSON.parse(schema) as object, { isChecked: true });
    checks.set(schema, check);
  }
  return check;
}
