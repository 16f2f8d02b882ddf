/** Reads the inputs of runs: small ones at once, and whatever could hold the event loop up in a thread beside it. */
import {
  costOf,
  type SchemaCost,
  toSchemaText,
} from "../../action/schema/text.ts";
import { jsonPieces } from "../../action/json-pieces.ts";
import { isLongerThan } from "../../action/to-json.ts";
import type { CatalogEntry } from "../../catalog/catalog-entry.ts";
import { type InputError, ServerError } from "../../errors.ts";
import { pause } from "../../time-slice.ts";
import {
  type Checked,
  checkInput,
  type CheckOptions,
  type InputLimit,
  parseInput,
} from "./check.ts";
import type { CheckAnswer } from "./check-order.ts";
import type { CheckWorker } from "./check-worker.ts";
import { type Envelope, openEnvelope } from "./envelope.ts";

/** Longer inputs are read in the thread. A regular expression may take any time for a line. */
const LARGE: Record<SchemaCost, number> = {
  linear: 65_536,
  patterned: 4096,
  unbounded: 24,
};

/** An input that may become a run. */
export type ReadInput = Extract<Checked, { ok: true }>;

interface Asked {
  /** The id of the key: each has its turn in the thread. */
  readonly owner: string;
  /** Whether the request has an idempotency key, and so needs a fingerprint. */
  readonly hasKey: boolean;
}

interface SentSchema {
  readonly text: string | undefined;
  readonly cost: SchemaCost;
}

export class InputReader {
  readonly #limit: InputLimit;
  readonly #worker: CheckWorker;
  readonly #schemas = new WeakMap<CatalogEntry, SentSchema>();

  constructor(limit: InputLimit, worker: CheckWorker) {
    this.#limit = limit;
    this.#worker = worker;
  }

  /**
   * Reads the bytes of JSON, or checks a value that was parsed elsewhere.
   *
   * @returns the value that the action gets, and the text that is kept; at once for a small input
   * @throws {ServerError} `invalid_json`, `invalid_input`, `input_too_large`
   */
  read(
    input: unknown,
    entry: CatalogEntry,
    { owner, hasKey }: Asked,
  ): ReadInput | Promise<ReadInput> {
    const fingerprintOf = hasKey ? entry.address : undefined;
    const options = { limit: this.#limit, fingerprintOf };
    const { text: schema, cost } = this.#schemaOf(entry);
    if (!(input instanceof Uint8Array)) {
      // What is code cannot be sent to the thread.
      if (schema === undefined || !isLongerThan(LARGE[cost], input))
        return check(input, entry, options);
      return this.#readLarge(input, entry, { owner, hasKey });
    }
    if (input.length <= LARGE[cost])
      return check(parseInput(input, this.#limit), entry, options);
    return this.#readInThread(input, entry, { owner, ...options });
  }

  async #readLarge(
    input: unknown,
    entry: CatalogEntry,
    asked: Asked,
  ): Promise<ReadInput> {
    return await this.read(await toBytes(input), entry, asked);
  }

  async #readInThread(
    bytes: Uint8Array,
    entry: CatalogEntry,
    { owner, ...options }: CheckOptions & { readonly owner: string },
  ): Promise<ReadInput> {
    const { text: schema } = this.#schemaOf(entry);
    const order = { kind: "input", bytes, schema, ...options } as const;
    const answer = await this.#worker.carryOut(owner, order);
    if (answer.kind === "checked") {
      const { kind: _, ...checked } = answer;
      return toRead(checked, entry);
    }
    // The schema has code in it, which cannot be sent to the thread.
    if (answer.kind === "parsed") return check(answer.value, entry, options);
    throw toError(answer);
  }

  /**
   * Parses JSON.
   *
   * @throws {ServerError} `invalid_json`, `invalid_input`
   */
  async parse(bytes: Uint8Array, owner: string): Promise<unknown> {
    const limit = this.#limit;
    if (bytes.length <= LARGE.linear) return parseInput(bytes, limit);
    const answer = await this.#worker.carryOut(owner, {
      kind: "input",
      bytes,
      schema: undefined,
      limit,
      fingerprintOf: undefined,
    });
    if (answer.kind === "parsed") return answer.value;
    throw toError(answer);
  }

  /**
   * Takes an input out of what it was sent in.
   *
   * @returns the bytes themselves where they are no envelope
   * @throws {ServerError} `invalid_json`, `invalid_input`, `invalid_header`, `input_too_large`
   */
  async open(bytes: Uint8Array, owner: string): Promise<Envelope> {
    const limit = this.#limit;
    if (bytes.length <= LARGE.linear)
      return openEnvelope(bytes, limit) ?? { input: bytes, beside: [] };
    const order = { kind: "envelope", bytes, limit } as const;
    const answer = await this.#worker.carryOut(owner, order);
    if (answer.kind === "envelope") return answer;
    throw toError(answer);
  }

  /**
   * Checks a result that was written as JSON, in the thread.
   *
   * @param order.schema JSON Schema
   * @returns the first mistake
   * @throws {ServerError} when it takes too long
   */
  async checkResult({
    owner,
    ...order
  }: {
    readonly owner: string;
    readonly bytes: Uint8Array;
    readonly schema: string;
  }): Promise<InputError | undefined> {
    const answer = await this.#worker.carryOut(owner, {
      kind: "result",
      ...order,
    });
    return answer.kind === "mistake" ? answer.mistake : undefined;
  }

  #schemaOf(entry: CatalogEntry): SentSchema {
    let schema = this.#schemas.get(entry);
    if (schema === undefined) {
      const { input } = entry.action;
      schema = { text: toSchemaText(input), cost: costOf(input) };
      this.#schemas.set(entry, schema);
    }
    return schema;
  }
}

/** Writes a value as JSON, beside other things. */
async function toBytes(value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  for (const piece of jsonPieces(value)) {
    await pause();
    chunks.push(encoder.encode(piece));
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** @throws {Error} the answer is one of another order */
function toError(answer: CheckAnswer): Error {
  if (answer.kind !== "refused") return new Error("It was another order.");
  const { code, message, errors } = answer;
  return new ServerError(code, message, { errors });
}

function check(
  value: unknown,
  entry: CatalogEntry,
  options: CheckOptions,
): ReadInput {
  return toRead(checkInput(value, entry.checkInput, options), entry);
}

function toRead(checked: Checked, { address }: CatalogEntry): ReadInput {
  if (checked.ok) return checked;
  throw new ServerError(
    "invalid_input",
    `The input does not match the input schema of ${address}.`,
    { errors: checked.errors },
  );
}
